-- The provisioning log: clustered on its growing id, without indexes in random order. Look-ups by text, object or
-- facet go through `record_search`.
CREATE TABLE records (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    change_id BLOB NOT NULL,
    cycle_id BLOB NOT NULL,
    configuration_id BLOB NOT NULL,
    at INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    action TEXT NOT NULL,
    status TEXT NOT NULL,
    kind TEXT NOT NULL,
    source_id TEXT NOT NULL,
    source_display_name TEXT NOT NULL,
    source_name TEXT NOT NULL,
    target_id TEXT NOT NULL,
    target_display_name TEXT NOT NULL,
    target_name TEXT NOT NULL,
    source_system TEXT NOT NULL,
    target_system TEXT NOT NULL,
    error_code TEXT,
    error_category TEXT,
    error_reason TEXT,
    error_advice TEXT
) STRICT;

-- Steps and modified properties of one record, read only when one record is shown.
CREATE TABLE record_details (
    record INTEGER PRIMARY KEY,
    details TEXT NOT NULL
) STRICT;

-- Trigrams of the record's text, and one three-character token a facet from the private use area, one column each
-- so that no trigram spans two of them. It keeps no contents: every hit is checked on the row.
CREATE VIRTUAL TABLE record_search USING fts5 (
    body, action, status, kind, code, configuration, cycle, object, change,
    tokenize = 'trigram', content = '', contentless_delete = 1, detail = none
);

-- Codes that occur in the log, so that their facets can be counted.
CREATE TABLE record_codes (
    code TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Operations by hour, and which ids an hour's records have: a period becomes a range of ids.
CREATE TABLE record_hours (
    hour INTEGER NOT NULL,
    configuration_id BLOB NOT NULL,
    action TEXT NOT NULL,
    status TEXT NOT NULL,
    operations INTEGER NOT NULL,
    first_id INTEGER NOT NULL,
    last_id INTEGER NOT NULL,
    PRIMARY KEY (hour, configuration_id, action, status)
) STRICT, WITHOUT ROWID;
