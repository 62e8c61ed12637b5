-- What may have arrived although nobody said so counts against the sending rate.

ALTER TABLE outbox ADD COLUMN tried_at TIMESTAMPTZ;    -- last sending that got no clear answer, or was refused for good
