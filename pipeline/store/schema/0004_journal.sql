-- The index is followed by a mark (line, byte, hash) instead of a bare number: it is taken over once more from its start.

DELETE FROM segment;
DELETE FROM segment_page;
DELETE FROM "window";
DELETE FROM gap;
DELETE FROM skipped;
DELETE FROM quarantine WHERE segment IS NULL;
DELETE FROM meta WHERE name = 'adopted';
