-- What a call wanted to change in the world, committed before the service is asked. `request` has what is personal as HMAC-SHA256 under the installation's key.
-- asked, held (can be taken back), done, refused (surely not done), unknown; undo_wanted (not taken back yet), undone. A reconcile job settles unknown and undo_wanted.
CREATE TABLE intent (
    key     TEXT PRIMARY KEY,
    call    TEXT NOT NULL,
    service TEXT NOT NULL,
    request TEXT NOT NULL,
    undo    TEXT,
    state   TEXT NOT NULL CHECK (state IN ('asked', 'held', 'done', 'refused', 'unknown', 'undo_wanted', 'undone')),
    result  TEXT,
    asked   BIGINT NOT NULL
);
CREATE INDEX intent_state ON intent (state);
CREATE INDEX intent_call ON intent (call);
