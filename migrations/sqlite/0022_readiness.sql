-- The last look through all directories: one row, and what it found wrong. `checks` is a list between spaces.
CREATE TABLE readiness_scan (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    state TEXT NOT NULL,
    scan TEXT NOT NULL
) STRICT;

CREATE TABLE readiness_findings (
    number INTEGER PRIMARY KEY,
    domain TEXT NOT NULL,
    object_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    display_name TEXT NOT NULL,
    dn TEXT NOT NULL,
    attribute TEXT NOT NULL,
    checks TEXT NOT NULL,
    value TEXT NOT NULL,
    suggestion TEXT,
    search TEXT NOT NULL
) STRICT;
