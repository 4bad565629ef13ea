-- session_events promises what a foreign key with ON DELETE CASCADE promises, checked once a statement instead
-- of once a row: an insert finds all its sessions and holds their keys against a concurrent delete until it
-- commits; deleting a session deletes its events.
CREATE FUNCTION session_events_have_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  wanted bigint;
  found_count bigint;
BEGIN
  SELECT count(*) INTO wanted FROM (SELECT DISTINCT session_id FROM inserted) AS i;
  PERFORM 1 FROM session_recordings AS r
    WHERE r.id IN (SELECT DISTINCT session_id FROM inserted) FOR KEY SHARE;
  GET DIAGNOSTICS found_count = ROW_COUNT;
  IF found_count <> wanted THEN
    RAISE EXCEPTION 'session_events: % of % sessions do not exist', wanted - found_count, wanted
      USING ERRCODE = 'foreign_key_violation', TABLE = 'session_events';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER session_events_have_sessions AFTER INSERT ON session_events
  REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION session_events_have_sessions();
--> statement-breakpoint
CREATE FUNCTION session_events_keep_their_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'session_events: an event never moves to another session or seq'
    USING ERRCODE = 'integrity_constraint_violation', TABLE = 'session_events';
END $$;
--> statement-breakpoint
CREATE TRIGGER session_events_keep_their_place BEFORE UPDATE OF session_id, seq ON session_events
  FOR EACH STATEMENT EXECUTE FUNCTION session_events_keep_their_place();
--> statement-breakpoint
CREATE FUNCTION session_recordings_take_their_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM session_events WHERE session_id IN (SELECT id FROM deleted);
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER session_recordings_take_their_events AFTER DELETE ON session_recordings
  REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION session_recordings_take_their_events();
