-- A record is bytes, of one format or another, and a signature over them: all that it says is read from its bytes. `chain` is
-- the device that signed it, or the e-mail address in a record from before there were device keys (format 0, not signed);
-- kind, release, environment and deployment say what it is about, for filters.
DROP TRIGGER record_is_never_changed;
DROP TRIGGER record_is_never_deleted;
CREATE TABLE signed_record (
    position    INTEGER PRIMARY KEY AUTOINCREMENT,
    id          BLOB NOT NULL UNIQUE CHECK (length(id) = 32),
    format      INTEGER NOT NULL,
    bytes       BLOB NOT NULL,
    signature   TEXT,
    chain       TEXT NOT NULL,
    seq         INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    release     TEXT,
    environment TEXT,
    deployment  TEXT,
    UNIQUE (chain, seq)
) STRICT;

-- The bytes whose hash each record's identity is, put together as they were hashed.
INSERT INTO signed_record (position, id, format, bytes, chain, seq, kind, release, environment, deployment)
SELECT position, id, 0,
    CAST('{"author":{"name":' || json_quote(author_name) || ',"email":' || json_quote(author_email)
        || '},"seq":' || seq
        || ',"prev":' || CASE WHEN prev IS NULL THEN 'null' ELSE '"' || lower(hex(prev)) || '"' END
        || ',"at":' || at || ',"fact":' || body || '}' AS BLOB),
    author_email, seq, kind, release, environment, deployment
FROM record ORDER BY position;
DROP TABLE record;
ALTER TABLE signed_record RENAME TO record;
CREATE INDEX record_release ON record (release, position) WHERE release IS NOT NULL;
CREATE INDEX record_environment ON record (environment, position) WHERE environment IS NOT NULL;
CREATE INDEX record_deployment ON record (deployment, kind) WHERE deployment IS NOT NULL;

CREATE TRIGGER record_is_never_changed BEFORE UPDATE ON record
BEGIN SELECT raise(ABORT, 'a record is never changed'); END;
CREATE TRIGGER record_is_never_deleted BEFORE DELETE ON record
BEGIN SELECT raise(ABORT, 'a record is never deleted'); END;

-- What the records amount to has more parts now; it is folded anew.
DELETE FROM projection;
UPDATE projected SET position = 0;
