-- What was kept as settings by names of their own has its own place.

-- The course of a deployment beside its journal: whether another process wished that it stop, and when its steps began.
ALTER TABLE plan ADD COLUMN is_cancel_wished INTEGER NOT NULL DEFAULT 0;
ALTER TABLE plan ADD COLUMN phases TEXT;
UPDATE plan SET
    is_cancel_wished = EXISTS (SELECT 1 FROM setting WHERE name = 'cancel:' || deployment AND value = 'true'),
    phases = (SELECT value FROM setting WHERE name = 'phases:' || deployment);

-- What is in a draft because something that was chosen needs it.
CREATE TABLE pulled_in (
    release   TEXT NOT NULL,
    resource  TEXT NOT NULL,
    needed_by TEXT NOT NULL,
    path      TEXT NOT NULL,
    PRIMARY KEY (release, resource)
) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO pulled_in (release, resource, needed_by, path)
    SELECT release, value ->> 'resource', value ->> 'needed_by', value ->> 'path'
    FROM (
        SELECT substr(setting.name, 11) AS release, iif(one.type = 'object', one.value, '{}') AS value
        FROM setting, json_each(iif(json_valid(setting.value), setting.value, '[]')) AS one
        WHERE setting.name GLOB 'pulled-in:*'
    )
    WHERE json_type(value, '$.resource') = 'text' AND json_type(value, '$.needed_by') = 'text'
      AND json_type(value, '$.path') = 'text';

-- Environments that promote to one that is to come, by the name that it will have, in lower case.
CREATE TABLE awaited_promotion (
    source TEXT NOT NULL PRIMARY KEY,
    target TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO awaited_promotion (source, target)
    SELECT one.value, substr(setting.name, 13)
    FROM setting, json_each(iif(json_valid(setting.value), setting.value, '[]')) AS one
    WHERE setting.name GLOB 'promotes-to:*' AND one.type = 'text';

DELETE FROM setting
    WHERE name GLOB 'cancel:*' OR name GLOB 'phases:*' OR name GLOB 'pulled-in:*' OR name GLOB 'promotes-to:*';
