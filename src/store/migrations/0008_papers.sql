-- The demo's other desks. `person` is HMAC-SHA256 of the IIN under the installation's key, what is `sealed` is encrypted under it.

-- The base of mobile citizens: `sealed` is the number that is registered for a person.
CREATE TABLE citizen (
    person TEXT PRIMARY KEY,
    sealed TEXT NOT NULL
);

-- Certificates that were ordered, one of a kind for a person on a day (`2026-11-23`, in Almaty). What it says stands in its message, and nowhere else.
CREATE TABLE certificate (
    person      TEXT NOT NULL,
    certificate TEXT NOT NULL,
    day         TEXT NOT NULL,
    ordered     BIGINT NOT NULL,
    PRIMARY KEY (person, certificate, day)
);

-- `message`: the name of what the caller spoke, beside the log of the call.
CREATE TABLE complaint (
    number  TEXT PRIMARY KEY,
    message TEXT NOT NULL,
    taken   BIGINT NOT NULL
);

-- `sealed`: whom to call, and the name of what the caller spoke. `live`: neither seen to nor given up.
CREATE TABLE home_visit (
    number TEXT PRIMARY KEY,
    person TEXT NOT NULL,
    sealed TEXT NOT NULL,
    taken  BIGINT NOT NULL,
    live   BIGINT NOT NULL
);
CREATE UNIQUE INDEX home_visit_once ON home_visit (person) WHERE live = 1;
