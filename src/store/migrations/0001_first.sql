-- Applications of the demo service.
CREATE TABLE application (
    number    TEXT PRIMARY KEY,
    iin       TEXT NOT NULL,
    document  TEXT NOT NULL,
    status    TEXT NOT NULL CHECK (status IN ('ready', 'in_progress', 'needs_action', 'rejected', 'issued')),
    branch    TEXT NOT NULL,
    submitted BIGINT NOT NULL
);
CREATE INDEX application_iin ON application (iin, submitted);

-- What is remembered of a caller. `phone` is HMAC-SHA256 of the number under the installation's key: the table alone names nobody.
CREATE TABLE caller (
    phone   TEXT PRIMARY KEY,
    lang    TEXT NOT NULL CHECK (lang IN ('kk', 'ru')),
    updated BIGINT NOT NULL
);

-- One line for each call that has ended. Times are milliseconds since 1970 in UTC.
CREATE TABLE call (
    id      TEXT PRIMARY KEY,
    started BIGINT NOT NULL,
    called  TEXT NOT NULL,
    lang    TEXT CHECK (lang IN ('kk', 'ru')),
    outcome TEXT NOT NULL,
    seconds BIGINT NOT NULL
);
CREATE INDEX call_started ON call (started);
