-- Ids are 16-byte BLOBs, times INTEGER microseconds since 1970 in UTC, structures JSON text.
-- `name_key` is the name in lower case: names are unique without regard to case, in every alphabet.

CREATE TABLE domains (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    connection TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE targets (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    settings TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

-- `key` is the short form that the many rows of a configuration carry.
CREATE TABLE configurations (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    domain_id BLOB NOT NULL REFERENCES domains (id),
    target_id BLOB NOT NULL REFERENCES targets (id),
    plan TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE INDEX configurations_by_domain ON configurations (domain_id);
CREATE INDEX configurations_by_target ON configurations (target_id);

CREATE TABLE configuration_states (
    configuration INTEGER PRIMARY KEY REFERENCES configurations (key) ON DELETE CASCADE,
    paused INTEGER NOT NULL,
    quarantine TEXT,
    deletes_allowed INTEGER NOT NULL,
    successive_failures INTEGER NOT NULL,
    containers TEXT NOT NULL,
    last_total INTEGER
) STRICT;
