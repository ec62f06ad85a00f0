-- What a cycle would do. Results lie clustered by their simulation; what only the page of one object shows lies apart,
-- so that searching reads little.
CREATE TABLE simulations (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    configuration INTEGER NOT NULL REFERENCES configurations (key) ON DELETE CASCADE,
    state TEXT NOT NULL,
    requested_by TEXT NOT NULL,
    draft INTEGER NOT NULL,
    everything INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    phase TEXT NOT NULL,
    done INTEGER NOT NULL,
    expected INTEGER,
    counts TEXT NOT NULL,
    tallies TEXT NOT NULL,
    problem TEXT,
    notes TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX simulations_one_running ON simulations (configuration) WHERE state = 'running';
CREATE INDEX simulations_by_configuration ON simulations (configuration, key);

CREATE TABLE simulated_objects (
    simulation INTEGER NOT NULL REFERENCES simulations (key) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    action TEXT NOT NULL,
    status TEXT NOT NULL,
    kind TEXT NOT NULL,
    source_id TEXT NOT NULL,
    source_display_name TEXT NOT NULL,
    source_name TEXT NOT NULL,
    target_id TEXT NOT NULL,
    target_display_name TEXT NOT NULL,
    target_name TEXT NOT NULL,
    error TEXT,
    search TEXT NOT NULL,
    PRIMARY KEY (simulation, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE simulated_details (
    simulation INTEGER NOT NULL REFERENCES simulations (key) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    details TEXT NOT NULL,
    PRIMARY KEY (simulation, number)
) STRICT, WITHOUT ROWID;
