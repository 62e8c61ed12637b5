-- Temp table `batch`: the lines of a portion, kept apart until each is known to be an event, a repetition or a fault.
CREATE OR REPLACE TEMP TABLE batch AS
{flat};

-- Temp view `flat`: its rows as audit_event has them.
CREATE OR REPLACE TEMP VIEW flat AS
SELECT rowid AS line, * EXCLUDE (fault, fault_detail, targets, details) FROM batch WHERE fault IS NULL;

-- Temp view `kept`: those of which targets and details are kept.
CREATE OR REPLACE TEMP VIEW kept AS
SELECT rowid AS line, event_id, occurred_at, targets, details FROM batch WHERE targets IS NOT NULL OR details IS NOT NULL;
