-- The built-in directory. `sort_key`, `principal_key` are folded to lower case by the product, because SQLite
-- folds ASCII only.
CREATE TABLE directory_objects (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    anchor TEXT NOT NULL,
    display_name TEXT NOT NULL,
    sort_key TEXT NOT NULL,
    user_principal_name TEXT,
    principal_key TEXT,
    mail TEXT,
    account_enabled INTEGER,
    attributes TEXT NOT NULL,
    configuration_id BLOB NOT NULL,
    change_id BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (kind, anchor)
) STRICT;

CREATE UNIQUE INDEX directory_principals ON directory_objects (principal_key)
WHERE kind = 'user' AND principal_key IS NOT NULL;
CREATE INDEX directory_by_name ON directory_objects (sort_key, id);
CREATE INDEX directory_by_kind ON directory_objects (kind, sort_key, id);

CREATE TABLE directory_members (
    group_key INTEGER NOT NULL REFERENCES directory_objects (key) ON DELETE CASCADE,
    member_key INTEGER NOT NULL REFERENCES directory_objects (key) ON DELETE CASCADE,
    PRIMARY KEY (group_key, member_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX directory_members_by_member ON directory_members (member_key, group_key);

-- Trigrams of names and addresses, by the object's key. It keeps no contents: every hit is checked on the row.
CREATE VIRTUAL TABLE directory_search USING fts5 (
    body, tokenize = 'trigram', content = '', contentless_delete = 1, detail = none
);
