-- Ids of links are never used twice: an id that planning still holds cannot mean another object.
CREATE TABLE links (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    configuration INTEGER NOT NULL REFERENCES configurations (key) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    object_id TEXT NOT NULL,
    anchor TEXT NOT NULL,
    source_dn TEXT NOT NULL,
    display_name TEXT NOT NULL,
    target_id TEXT NOT NULL,
    state TEXT NOT NULL,
    fingerprint INTEGER NOT NULL,
    UNIQUE (configuration, kind, object_id)
) STRICT;

-- Apart from the links, so that planning reads few pages.
CREATE TABLE link_exports (
    link INTEGER PRIMARY KEY REFERENCES links (id) ON DELETE CASCADE,
    attributes TEXT NOT NULL
) STRICT;

CREATE TABLE link_members (
    group_link INTEGER NOT NULL REFERENCES links (id) ON DELETE CASCADE,
    member_link INTEGER NOT NULL REFERENCES links (id) ON DELETE CASCADE,
    PRIMARY KEY (group_link, member_link)
) STRICT, WITHOUT ROWID;

CREATE INDEX link_members_by_member ON link_members (member_link);

CREATE TABLE escrows (
    configuration INTEGER NOT NULL REFERENCES configurations (key) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    object_id TEXT NOT NULL,
    display_name TEXT NOT NULL,
    code TEXT NOT NULL,
    reason TEXT NOT NULL,
    fingerprint INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    first_failed_at INTEGER NOT NULL,
    next_attempt_at INTEGER NOT NULL,
    PRIMARY KEY (configuration, kind, object_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE intents (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    change_id BLOB NOT NULL UNIQUE CHECK (length(change_id) = 16),
    configuration INTEGER NOT NULL REFERENCES configurations (key) ON DELETE CASCADE,
    cycle_id BLOB NOT NULL,
    payload TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;

CREATE INDEX intents_by_configuration ON intents (configuration);
