-- Each index in random order costs a first cycle a tenth of its writing: lists of all kinds merge those of each kind.
DROP INDEX directory_by_name;

-- A cycle writes thousands of rows a transaction: the indexes gather that much before they write a segment (4 MiB
-- instead of 1), and merge eight segments at a time instead of four, which writes each row fewer times.
INSERT INTO record_search (record_search, rank) VALUES ('hashsize', 4194304);
INSERT INTO record_search (record_search, rank) VALUES ('automerge', 8);
INSERT INTO directory_search (directory_search, rank) VALUES ('hashsize', 4194304);
INSERT INTO directory_search (directory_search, rank) VALUES ('automerge', 8);
