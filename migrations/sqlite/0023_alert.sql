-- One row an alert, from its opening to its end; one that comes back soon is opened again.
CREATE TABLE alerts (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    kind TEXT NOT NULL,
    severity TEXT NOT NULL,
    state TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    subject_name TEXT NOT NULL,
    configuration_id BLOB,
    since INTEGER NOT NULL,
    opened_at INTEGER NOT NULL,
    openings INTEGER NOT NULL,
    acknowledged_at INTEGER,
    acknowledged_by TEXT,
    resolved_at INTEGER,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    advice TEXT NOT NULL,
    path TEXT NOT NULL
) STRICT;

CREATE INDEX alerts_by_opening ON alerts (opened_at, id);
CREATE INDEX alerts_by_end ON alerts (resolved_at, id) WHERE state = 'resolved';
-- Of one thing there is one alert of a kind that is not over.
CREATE UNIQUE INDEX alerts_live ON alerts (kind, subject_id) WHERE state <> 'resolved';

-- `told` holds the addresses that a mail was queued for.
CREATE TABLE alert_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    alert BLOB NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT,
    note TEXT,
    told TEXT NOT NULL
) STRICT;

CREATE INDEX alert_events_by_alert ON alert_events (alert, id);
