-- What is left to do. A row is written with the row of the business it serves, in one transaction, and goes when it is done.
-- `due`: nobody takes it before; whoever takes it moves it to the end of his lease, so a dead worker's job is due again by itself.
-- `attempt` counts the takings and is the lease's token: one that was taken over cannot be finished by the late.
CREATE TABLE job (
    kind    TEXT NOT NULL,
    key     TEXT NOT NULL,
    due     BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    dead    TEXT, -- why the last attempt failed
    PRIMARY KEY (kind, key)
);
CREATE INDEX job_due ON job (kind, due);

-- `sealed`: what a reconcile job needs to ask again, encrypted under the installation's key; gone once the intent is settled. So is `result` from now on.
-- `owner`: the process whose call it is. While it lives it keeps the job of what its calls hold from falling due.
-- `outcome`: what the service answered at last, where the call was not there to hear it.
ALTER TABLE intent ADD COLUMN sealed TEXT;
ALTER TABLE intent ADD COLUMN owner TEXT;
ALTER TABLE intent ADD COLUMN outcome TEXT;
INSERT INTO job (kind, key, due, attempt) SELECT 'reconcile', key, 0, 0 FROM intent WHERE state IN ('asked', 'held', 'unknown', 'undo_wanted');
