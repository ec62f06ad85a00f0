-- Tokens that let agents in: SHA-256 of their random bytes only. `domains` holds the ids, as hexadecimal text.
CREATE TABLE enrolments (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    domains TEXT NOT NULL,
    used_at INTEGER,
    agent_id BLOB,
    withdrawn_at INTEGER
) STRICT;

CREATE INDEX enrolments_by_creation ON enrolments (created_at, id);

-- `key` is the short form that an agent's rows carry. `counter`, `counter_created` and `counter_mark` are those of the
-- last request that was taken.
CREATE TABLE agents (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    machine TEXT NOT NULL,
    machine_key TEXT NOT NULL,
    public_key BLOB NOT NULL UNIQUE CHECK (length(public_key) = 32),
    next_key BLOB CHECK (length(next_key) = 32),
    enrolment_id BLOB NOT NULL,
    enrolled_at INTEGER NOT NULL,
    retired_at INTEGER,
    counter INTEGER NOT NULL DEFAULT 0,
    counter_created INTEGER NOT NULL DEFAULT 0,
    counter_mark BLOB NOT NULL DEFAULT (zeroblob(16))
) STRICT;

CREATE INDEX agents_by_machine ON agents (machine_key, id);

CREATE TABLE agent_domains (
    agent INTEGER NOT NULL REFERENCES agents (key) ON DELETE CASCADE,
    domain_id BLOB NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    PRIMARY KEY (agent, domain_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX agent_domains_by_domain ON agent_domains (domain_id, agent);

-- What every beat changes: narrow, so that the beats of many agents meet on few pages. `recent` holds the beats since
-- `recent_from`, 12 bytes each; when there are enough of them they move to `agent_beats` together.
CREATE TABLE agent_heard (
    agent INTEGER PRIMARY KEY REFERENCES agents (key) ON DELETE CASCADE,
    main_at INTEGER,
    status_at INTEGER,
    recent_from INTEGER NOT NULL DEFAULT 0,
    recent BLOB NOT NULL DEFAULT x''
) STRICT;

-- What few beats change.
CREATE TABLE agent_said (
    agent INTEGER PRIMARY KEY REFERENCES agents (key) ON DELETE CASCADE,
    beat TEXT,
    readiness TEXT,
    address TEXT,
    protocol INTEGER
) STRICT;

CREATE TABLE agent_beats (
    agent INTEGER NOT NULL REFERENCES agents (key) ON DELETE CASCADE,
    from_at INTEGER NOT NULL,
    until_at INTEGER NOT NULL,
    beats BLOB NOT NULL,
    PRIMARY KEY (agent, from_at)
) STRICT, WITHOUT ROWID;

CREATE TABLE agent_hours (
    agent INTEGER NOT NULL REFERENCES agents (key) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    main_seconds INTEGER NOT NULL,
    status_seconds INTEGER NOT NULL,
    beats INTEGER NOT NULL,
    unreachable INTEGER NOT NULL,
    latency_ms INTEGER,
    PRIMARY KEY (agent, at)
) STRICT, WITHOUT ROWID;

CREATE TABLE agent_alarms (
    agent INTEGER NOT NULL REFERENCES agents (key) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    count INTEGER NOT NULL,
    address TEXT NOT NULL,
    PRIMARY KEY (agent, kind)
) STRICT, WITHOUT ROWID;
