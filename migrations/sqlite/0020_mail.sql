CREATE TABLE mail_messages (
    id BLOB PRIMARY KEY,
    event TEXT NOT NULL,
    configuration BLOB,
    created_at INTEGER NOT NULL,
    subject TEXT NOT NULL,
    text TEXT NOT NULL,
    html TEXT NOT NULL
) STRICT;

-- One row a recipient: each is told in a conversation of its own.
CREATE TABLE mail_deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message BLOB NOT NULL REFERENCES mail_messages (id) ON DELETE CASCADE,
    recipient TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER,
    ended_at INTEGER,
    answer TEXT,
    uncertain INTEGER NOT NULL DEFAULT 0,
    UNIQUE (message, recipient)
) STRICT;

CREATE INDEX mail_deliveries_by_due ON mail_deliveries (next_attempt_at) WHERE state = 'waiting';

-- What people were told last, so that nothing is told twice.
CREATE TABLE marks (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
