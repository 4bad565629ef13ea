-- What was masked is in no keyframe of a session. A redaction of whatever release holds the session's row and inserts here
-- in one transaction, and who stores a keyframe holds that row too and then looks at what was inserted: so none is left,
-- none comes back, and both take their locks in the same order.
CREATE FUNCTION redactions_take_keyframes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM session_keyframes WHERE session_id IN (SELECT session_id FROM inserted);
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER redactions_take_keyframes AFTER INSERT ON redactions
  REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION redactions_take_keyframes();
