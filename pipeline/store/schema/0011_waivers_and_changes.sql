-- Where in its file a waiver stands. Its id comes of what it matches: findings it covered stay its own when lines above it come and go,
-- and one that left the file stays as the reason of what it covered.
ALTER TABLE waiver ADD COLUMN place VARCHAR;                -- file:line
ALTER TABLE waiver ADD COLUMN withdrawn_at TIMESTAMPTZ;     -- as_of of the run that found it gone from the file; null: it stands there
