-- Who asked for an object by hand.
ALTER TABLE records ADD COLUMN initiated_by TEXT;
