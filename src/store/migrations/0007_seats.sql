-- Seats of the demo's queues. A row stands for a desk at a time that is held or booked; what has no row is free. That a row is one is what keeps a seat from being sold twice.
-- `start`: milliseconds since 1970. `hold`: the reference of who holds it; a hold ends by itself at `held_until`. `booking`: the number of who has it.
CREATE TABLE seat (
    branch     TEXT NOT NULL,
    service    TEXT NOT NULL,
    start      BIGINT NOT NULL,
    desk       BIGINT NOT NULL,
    hold       TEXT NOT NULL,
    held_until BIGINT NOT NULL,
    booking    TEXT,
    PRIMARY KEY (branch, service, start, desk)
);
CREATE UNIQUE INDEX seat_hold ON seat (hold);
CREATE INDEX seat_booking ON seat (booking);

-- Who has booked what. `person` is HMAC-SHA256 of the IIN under the installation's key. `live`: neither cancelled nor past.
CREATE TABLE booking (
    number  TEXT PRIMARY KEY,
    person  TEXT NOT NULL,
    branch  TEXT NOT NULL,
    service TEXT NOT NULL,
    start   BIGINT NOT NULL,
    live    BIGINT NOT NULL
);
CREATE UNIQUE INDEX booking_once ON booking (person, service) WHERE live = 1;

-- What was done to seats under each idempotency key, and what was answered: who asks again hears the same.
CREATE TABLE deed (
    key    TEXT PRIMARY KEY,
    answer TEXT NOT NULL,
    at     BIGINT NOT NULL
);
