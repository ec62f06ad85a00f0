-- First and last id of each hour's records: some hundred rows, where record_hours has tens of thousands to go through.
CREATE TABLE record_spans (
    hour INTEGER PRIMARY KEY,
    first_id INTEGER NOT NULL,
    last_id INTEGER NOT NULL
) STRICT;
INSERT INTO record_spans (hour, first_id, last_id)
SELECT hour, min(first_id), max(last_id) FROM record_hours GROUP BY hour;
ALTER TABLE record_hours DROP COLUMN first_id;
ALTER TABLE record_hours DROP COLUMN last_id;
