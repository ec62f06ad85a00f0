-- Mail addresses are found without regard to case, for soft matches. Unlike user principal names they need not be
-- unique. Rows of before have no other letters than ASCII folded; they are folded wholly when they are next written.
ALTER TABLE directory_objects ADD COLUMN mail_key TEXT;
UPDATE directory_objects SET mail_key = lower(mail) WHERE mail IS NOT NULL;
CREATE INDEX directory_by_mail ON directory_objects (mail_key) WHERE mail_key IS NOT NULL;
