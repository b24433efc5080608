-- What a workspace holds. Integers that count or measure are never negative; times are milliseconds since 1970, UTC.

-- Documents, compressed together: neighbours in a capture resemble each other. `codec`: 0 as it is, 1 zstd.
CREATE TABLE pack (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    codec INTEGER NOT NULL,
    size  INTEGER NOT NULL,
    body  BLOB NOT NULL
) STRICT;

-- Where each document lies, by the BLAKE3 of its bytes.
CREATE TABLE blob (
    hash  BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    pack  INTEGER NOT NULL REFERENCES pack (id),
    start INTEGER NOT NULL,
    size  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Runs of sorted snapshot entries, named by the BLAKE3 of their encoding and shared by all snapshots that hold them.
CREATE TABLE page (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    hash    BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    entries INTEGER NOT NULL,
    bytes   INTEGER NOT NULL,
    body    BLOB NOT NULL
) STRICT;

-- Immutable captures by their content: a list of pages.
CREATE TABLE snapshot (
    id        INTEGER PRIMARY KEY,
    hash      BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    resources INTEGER NOT NULL,
    bytes     INTEGER NOT NULL,
    pages     BLOB NOT NULL
) STRICT;

-- When which environment was seen to hold which snapshot, and what had changed there since the time before.
CREATE TABLE capture (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    environment TEXT NOT NULL,
    snapshot    INTEGER NOT NULL REFERENCES snapshot (id),
    at          INTEGER NOT NULL,
    created     INTEGER NOT NULL,
    modified    INTEGER NOT NULL,
    deleted     INTEGER NOT NULL,
    unchanged   INTEGER NOT NULL,
    notes       TEXT NOT NULL
) STRICT;
CREATE INDEX capture_newest ON capture (environment, id);

-- The signs by which the next capture of an environment recognises what did not change, in the order of its latest snapshot.
CREATE TABLE stamps (
    environment TEXT NOT NULL PRIMARY KEY,
    snapshot    INTEGER NOT NULL REFERENCES snapshot (id),
    digest      BLOB NOT NULL,
    body        BLOB NOT NULL
) STRICT;

-- Sets of changes by their effect digest.
CREATE TABLE change_set (
    effect  BLOB NOT NULL PRIMARY KEY CHECK (length(effect) = 32),
    changes INTEGER NOT NULL,
    body    BLOB NOT NULL
) STRICT;

-- What a draft leaves out: a working choice, no record.
CREATE TABLE draft_exclusion (
    release  TEXT NOT NULL,
    resource TEXT NOT NULL,
    PRIMARY KEY (release, resource)
) STRICT, WITHOUT ROWID;

-- Decisions. `body` is the fact as JSON; release, environment and deployment say what it is about, for filters.
CREATE TABLE record (
    position     INTEGER PRIMARY KEY AUTOINCREMENT,
    id           BLOB NOT NULL UNIQUE CHECK (length(id) = 32),
    author_name  TEXT NOT NULL,
    author_email TEXT NOT NULL,
    seq          INTEGER NOT NULL,
    prev         BLOB,
    at           INTEGER NOT NULL,
    kind         TEXT NOT NULL,
    release      TEXT,
    environment  TEXT,
    deployment   TEXT,
    body         TEXT NOT NULL,
    signature    BLOB NOT NULL,
    UNIQUE (author_email, seq)
) STRICT;
CREATE INDEX record_release ON record (release, position) WHERE release IS NOT NULL;
CREATE INDEX record_environment ON record (environment, position) WHERE environment IS NOT NULL;
CREATE INDEX record_deployment ON record (deployment, kind) WHERE deployment IS NOT NULL;

CREATE TRIGGER record_is_never_changed BEFORE UPDATE ON record
BEGIN SELECT raise(ABORT, 'a record is never changed'); END;
CREATE TRIGGER record_is_never_deleted BEFORE DELETE ON record
BEGIN SELECT raise(ABORT, 'a record is never deleted'); END;

-- What the records amount to; can be rebuilt from them.
CREATE TABLE projection (
    kind TEXT NOT NULL,
    id   TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

-- The position of the last record that the projections took in.
CREATE TABLE projected (
    only     INTEGER PRIMARY KEY CHECK (only = 1),
    position INTEGER NOT NULL
) STRICT;
INSERT INTO projected (only, position) VALUES (1, 0);

-- Plans of deployments, without their operations.
CREATE TABLE plan (
    deployment TEXT NOT NULL PRIMARY KEY,
    body       TEXT NOT NULL
) STRICT;

-- Operations of deployments, and the latest attempt at each.
CREATE TABLE operation (
    deployment TEXT NOT NULL REFERENCES plan (deployment),
    id         INTEGER NOT NULL,
    body       TEXT NOT NULL,
    state      TEXT NOT NULL DEFAULT 'pending',
    attempts   INTEGER NOT NULL DEFAULT 0,
    began_at   INTEGER,
    ended_at   INTEGER,
    message    TEXT,
    hint       TEXT,
    PRIMARY KEY (deployment, id)
) STRICT, WITHOUT ROWID;

-- Everything that was ever begun, ended or set aside, in order.
CREATE TABLE journal (
    position   INTEGER PRIMARY KEY AUTOINCREMENT,
    deployment TEXT NOT NULL,
    operation  INTEGER NOT NULL,
    event      TEXT NOT NULL,
    state      TEXT NOT NULL,
    at         INTEGER,
    message    TEXT,
    FOREIGN KEY (deployment, operation) REFERENCES operation (deployment, id)
) STRICT;
CREATE INDEX journal_operation ON journal (deployment, operation);

CREATE TRIGGER journal_is_never_changed BEFORE UPDATE ON journal
BEGIN SELECT raise(ABORT, 'the journal is never changed'); END;
CREATE TRIGGER journal_is_never_deleted BEFORE DELETE ON journal
BEGIN SELECT raise(ABORT, 'the journal is never deleted'); END;

-- Who may write to an environment now.
CREATE TABLE lock (
    environment TEXT NOT NULL PRIMARY KEY,
    holder      TEXT NOT NULL,
    deployment  TEXT,
    expires_at  INTEGER NOT NULL
) STRICT;

-- Which changes of a release a person has looked at, and what they were then.
CREATE TABLE viewed (
    release     TEXT NOT NULL,
    resource    TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    PRIMARY KEY (release, resource)
) STRICT, WITHOUT ROWID;

-- Choices that belong to the workspace, as JSON.
CREATE TABLE setting (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
