-- Who somebody is at an OpenID Connect provider; both are NULL for a local account.
ALTER TABLE accounts ADD COLUMN issuer TEXT;
ALTER TABLE accounts ADD COLUMN subject TEXT;
CREATE UNIQUE INDEX accounts_by_identity ON accounts (issuer, subject) WHERE subject IS NOT NULL;
