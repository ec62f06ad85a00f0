-- Cycles outlive their configuration: the provisioning log names them. Hence no foreign key.

CREATE TABLE cycles (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    configuration_id BLOB NOT NULL CHECK (length(configuration_id) = 16),
    state TEXT NOT NULL,
    started_by TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    started_at INTEGER,
    ended_at INTEGER,
    phase TEXT NOT NULL,
    done INTEGER NOT NULL,
    expected INTEGER,
    counts TEXT NOT NULL,
    problem TEXT,
    notes TEXT NOT NULL,
    lease_owner TEXT,
    lease_until INTEGER
) STRICT;

-- The rules of the queue, kept by the database itself.
CREATE UNIQUE INDEX cycles_one_queued ON cycles (configuration_id) WHERE state = 'queued';
CREATE UNIQUE INDEX cycles_one_running ON cycles (configuration_id) WHERE state = 'running';

CREATE INDEX cycles_due ON cycles (due_at) WHERE state = 'queued';
CREATE INDEX cycles_by_start ON cycles (started_at, id) WHERE started_at IS NOT NULL;
CREATE INDEX cycles_by_configuration ON cycles (configuration_id, started_at, id) WHERE started_at IS NOT NULL;
