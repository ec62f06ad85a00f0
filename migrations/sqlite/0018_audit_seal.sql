-- Where the actor came from and what was said why. Entries without them hash as before.
ALTER TABLE audit_entries ADD COLUMN origin TEXT;
ALTER TABLE audit_entries ADD COLUMN reason TEXT;

-- How many checkpoints lie outside, and the seal over end and number; NULL until the first checkpoint.
ALTER TABLE audit_head ADD COLUMN checkpoints INTEGER NOT NULL DEFAULT 0;
ALTER TABLE audit_head ADD COLUMN seal BLOB;
