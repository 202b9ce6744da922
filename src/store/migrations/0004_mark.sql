-- The marks that callers gave, each survey at most once in a call.
CREATE TABLE mark (
    call   TEXT NOT NULL REFERENCES call (id),
    survey TEXT NOT NULL,
    mark   BIGINT NOT NULL CHECK (mark BETWEEN 1 AND 5),
    PRIMARY KEY (call, survey)
);
CREATE INDEX mark_survey ON mark (survey, mark);
