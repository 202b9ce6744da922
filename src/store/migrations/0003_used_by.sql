-- The intent that may have used up what this one holds. While that is asked or unknown, nobody may take this one back or call it done: the reconcile job settles that one first.
ALTER TABLE intent ADD COLUMN used_by TEXT;
