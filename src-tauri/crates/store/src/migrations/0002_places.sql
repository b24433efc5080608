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

-- What the records amount to is worked out in another way now; it is folded anew.
DELETE FROM projection;
UPDATE projected SET position = 0;

-- Plans say of each operation whether it is staged; until now all of a plan were that ends with a publication.
UPDATE operation SET body = json_set(body, '$.staged', json('true'))
WHERE body ->> '$.verb' <> 'publish'
    AND deployment IN (SELECT deployment FROM operation WHERE body ->> '$.verb' = 'publish');
