-- Text messages that calls queued. `sealed` is number and text, encrypted under the installation's key; gone some days after the message came to its end.
-- `phone` is a keyed hash: how many go to one number is counted by it.
CREATE TABLE message (
    key         TEXT PRIMARY KEY,
    phone       TEXT NOT NULL,
    sealed      TEXT,
    state       TEXT NOT NULL,
    parts       BIGINT NOT NULL,
    queued      BIGINT NOT NULL,
    valid_until BIGINT NOT NULL,
    settled     BIGINT
);
CREATE INDEX message_phone ON message (phone, queued);
CREATE INDEX message_settled ON message (settled);

-- A part is written before it is submitted: one that is there and has no answer is never submitted again.
-- `id` is the centre's name for it, `reference` ours.
CREATE TABLE message_part (
    key       TEXT NOT NULL,
    nth       BIGINT NOT NULL,
    state     TEXT NOT NULL,
    reference BIGINT NOT NULL,
    id        TEXT,
    begun     BIGINT NOT NULL,
    PRIMARY KEY (key, nth)
);
CREATE INDEX message_part_id ON message_part (id);

-- Receipts that came before the answer that names their part.
CREATE TABLE message_receipt (
    id    TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    came  BIGINT NOT NULL
);
