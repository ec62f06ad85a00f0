-- Unmatched objects are found by words in their names, id and anchor, folded to lower case when they are written. Those
-- of earlier searches are folded as far as SQLite can.
ALTER TABLE unmatched_objects ADD COLUMN search TEXT NOT NULL DEFAULT '';

UPDATE unmatched_objects
SET search = lower(display_name || char(10) || name || char(10) || id || char(10) || anchor);
