-- Whether an operation failed since its place held something else than the plan expects.
ALTER TABLE operation ADD COLUMN drifted INTEGER NOT NULL DEFAULT 0;

-- What a place has to be told again when its deployment is taken up by another process; opaque here.
CREATE TABLE target_memory (
    deployment TEXT NOT NULL PRIMARY KEY REFERENCES plan (deployment),
    body       BLOB NOT NULL
) STRICT;
