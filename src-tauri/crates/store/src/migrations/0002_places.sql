-- Who may write to a place now, whatever environments lead there. The token grows with every holder, so that one who lost
-- the lock is told from the one who has it; nobody holds it where `holder` is NULL.
DROP TABLE lock;
CREATE TABLE lock (
    place      TEXT NOT NULL PRIMARY KEY,
    token      INTEGER NOT NULL,
    holder     TEXT,
    deployment TEXT,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX lock_deployment ON lock (deployment) WHERE deployment IS NOT NULL;
