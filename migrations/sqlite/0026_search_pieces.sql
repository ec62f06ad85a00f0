-- A search goes through every piece of an index. While a cycle writes, pieces are joined eight at a time (0016); when
-- nobody writes, housekeeping joins those of one size two at a time, so that few are left.
INSERT INTO record_search (record_search, rank) VALUES ('usermerge', 2);
INSERT INTO directory_search (directory_search, rank) VALUES ('usermerge', 2);
