-- What a search is counted by, in the order of the ids: the counts of a search never read the rows themselves.
CREATE INDEX record_facets ON records (id, action, status, kind, error_code, configuration_id);

-- Operations by hour, now by kind and code as well, and in all: the counts of a list that no text narrows are sums of
-- few rows. `code` is empty where nothing failed.
DROP TABLE record_hours;
CREATE TABLE record_hours (
    hour INTEGER NOT NULL,
    configuration_id BLOB NOT NULL,
    action TEXT NOT NULL,
    status TEXT NOT NULL,
    kind TEXT NOT NULL,
    code TEXT NOT NULL,
    operations INTEGER NOT NULL,
    first_id INTEGER NOT NULL,
    last_id INTEGER NOT NULL,
    PRIMARY KEY (hour, configuration_id, action, status, kind, code)
) STRICT, WITHOUT ROWID;
INSERT INTO record_hours (hour, configuration_id, action, status, kind, code, operations, first_id, last_id)
SELECT at - at % 3600000000, configuration_id, action, status, kind, coalesce(error_code, ''), count(*), min(id), max(id)
FROM records
GROUP BY 1, 2, 3, 4, 5, 6;

CREATE TABLE record_totals (
    configuration_id BLOB NOT NULL,
    action TEXT NOT NULL,
    status TEXT NOT NULL,
    kind TEXT NOT NULL,
    code TEXT NOT NULL,
    operations INTEGER NOT NULL,
    PRIMARY KEY (configuration_id, action, status, kind, code)
) STRICT, WITHOUT ROWID;
INSERT INTO record_totals (configuration_id, action, status, kind, code, operations)
SELECT configuration_id, action, status, kind, code, sum(operations) FROM record_hours GROUP BY 1, 2, 3, 4, 5;

DROP TABLE record_codes;
