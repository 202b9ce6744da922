-- Calls back that callers were promised. `sealed` is the number, encrypted under the installation's key, and gone once the call is done; `phone` is a keyed hash, by which a number
-- that waits already is not booked twice.
-- `opens` and `closes`: from when until when somebody calls, in milliseconds since 1970. `message`: the file of what was spoken on it, below the data folder.
CREATE TABLE callback (
    key     TEXT PRIMARY KEY,
    phone   TEXT NOT NULL,
    sealed  TEXT,
    lang    TEXT,
    topic   TEXT,
    message TEXT,
    asked   BIGINT NOT NULL,
    opens   BIGINT NOT NULL,
    closes  BIGINT NOT NULL,
    state   TEXT NOT NULL
);
CREATE UNIQUE INDEX callback_once ON callback (phone) WHERE state = 'open';
CREATE INDEX callback_state ON callback (state, closes);

-- How many places of a window are taken. Whoever counts up has one, which needs no lock that the other database would not have.
CREATE TABLE callback_window (
    closes BIGINT PRIMARY KEY,
    taken  BIGINT NOT NULL
);
