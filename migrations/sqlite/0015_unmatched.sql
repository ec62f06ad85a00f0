-- Objects of the target that match nothing, as the last look through it found them.
CREATE TABLE unmatched_scans (
    configuration INTEGER PRIMARY KEY REFERENCES configurations (key) ON DELETE CASCADE,
    state TEXT NOT NULL,
    requested_by TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    listed INTEGER NOT NULL,
    problem TEXT
) STRICT;

CREATE TABLE unmatched_objects (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    configuration INTEGER NOT NULL REFERENCES configurations (key) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    anchor TEXT NOT NULL,
    display_name TEXT NOT NULL,
    name TEXT NOT NULL,
    administrator INTEGER NOT NULL
) STRICT;

CREATE INDEX unmatched_by_configuration ON unmatched_objects (configuration, number);
