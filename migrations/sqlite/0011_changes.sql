-- Changes instead of everything. Digests are kept as the signed form of 64-bit numbers. Links from before this
-- migration get theirs when the database is opened.
ALTER TABLE links ADD COLUMN name_key INTEGER;
ALTER TABLE links ADD COLUMN anchor_key INTEGER;

CREATE INDEX links_by_name ON links (name_key, configuration);
CREATE INDEX links_by_anchor ON links (anchor_key, configuration);
CREATE INDEX links_without_keys ON links (id) WHERE name_key IS NULL;
CREATE INDEX links_leaving ON links (configuration, id) WHERE state = 'leaving';

ALTER TABLE link_members ADD COLUMN leaving INTEGER NOT NULL DEFAULT 0;

CREATE INDEX link_members_leaving ON link_members (group_link, member_link) WHERE leaving = 1;

-- The names that an object refers to, for finding those whom a change of a name concerns.
CREATE TABLE link_references (
    link INTEGER NOT NULL REFERENCES links (id) ON DELETE CASCADE,
    name_key INTEGER NOT NULL,
    PRIMARY KEY (link, name_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX link_references_by_name ON link_references (name_key);

CREATE TABLE cursors (
    configuration INTEGER PRIMARY KEY REFERENCES configurations (key) ON DELETE CASCADE,
    tracking TEXT NOT NULL,
    value TEXT NOT NULL
) STRICT;

-- Names that changed since the cursor was written.
CREATE TABLE unsettled_names (
    configuration INTEGER NOT NULL REFERENCES configurations (key) ON DELETE CASCADE,
    name_key INTEGER NOT NULL,
    PRIMARY KEY (configuration, name_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX escrows_due ON escrows (configuration, next_attempt_at);

ALTER TABLE configuration_states ADD COLUMN memory TEXT NOT NULL DEFAULT '{}';
