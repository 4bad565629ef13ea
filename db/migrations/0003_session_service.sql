CREATE TABLE "redactions" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "redactions_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"session_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"from_seq" bigint,
	"to_seq" bigint,
	"through_seq" bigint NOT NULL,
	"reason" text NOT NULL,
	"role" text NOT NULL,
	"author" text NOT NULL,
	"event_count" integer NOT NULL,
	"places" json NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "session_analyses" (
	"session_id" uuid PRIMARY KEY NOT NULL,
	"version" integer NOT NULL,
	"through_seq" bigint NOT NULL,
	"state" "bytea" NOT NULL,
	"metrics" jsonb NOT NULL,
	"question_key" text,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "annotations" ADD COLUMN "role" text DEFAULT 'proctor' NOT NULL;--> statement-breakpoint
ALTER TABLE "annotations" ADD COLUMN "target_seq" bigint;--> statement-breakpoint
ALTER TABLE "annotations" ADD COLUMN "value" smallint;--> statement-breakpoint
ALTER TABLE "annotations" ADD COLUMN "supersedes" bigint;--> statement-breakpoint
ALTER TABLE "annotations" ADD COLUMN "retracted" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "session_recordings" ADD COLUMN "keystroke_sampling" integer DEFAULT 10 NOT NULL;--> statement-breakpoint
ALTER TABLE "session_recordings" ADD COLUMN "purged_through_seq" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "session_recordings" ADD COLUMN "erase_requested_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "session_recordings" ADD COLUMN "erase_requested_role" text;--> statement-breakpoint
ALTER TABLE "session_recordings" ADD COLUMN "erase_requested_by" text;--> statement-breakpoint
ALTER TABLE "redactions" ADD CONSTRAINT "redactions_session_id_session_recordings_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."session_recordings"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session_analyses" ADD CONSTRAINT "session_analyses_session_id_session_recordings_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."session_recordings"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "redactions_session" ON "redactions" USING btree ("session_id","id");--> statement-breakpoint
ALTER TABLE "annotations" ADD COLUMN "source" integer;--> statement-breakpoint
ALTER TABLE "annotations" ADD COLUMN "source_seq" bigint;--> statement-breakpoint
ALTER TABLE "annotations" ADD COLUMN "request_key" text;--> statement-breakpoint
ALTER TABLE "session_recordings" ADD COLUMN "annotation_count" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "session_recordings" ADD COLUMN "archived_annotation_count" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "annotations" ADD CONSTRAINT "annotations_request" UNIQUE("session_id","role","author","request_key");--> statement-breakpoint
CREATE INDEX "annotations_order" ON "annotations" USING btree ("session_id","id");--> statement-breakpoint
CREATE INDEX "session_recordings_annotations" ON "session_recordings" USING btree ("id") WHERE annotation_count > archived_annotation_count;--> statement-breakpoint
CREATE INDEX "session_recordings_erase" ON "session_recordings" USING btree ("id") WHERE erase_requested_at is not null;--> statement-breakpoint
CREATE INDEX "access_log_erased" ON "access_log" USING btree ("at") WHERE action in ('erase', 'expire');--> statement-breakpoint
-- A session that is to be erased takes no event any more, whoever tries.
CREATE OR REPLACE FUNCTION session_events_have_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  wanted bigint;
  found_count bigint;
BEGIN
  SELECT count(*) INTO wanted FROM (SELECT DISTINCT session_id FROM inserted) AS i;
  PERFORM 1 FROM session_recordings AS r
    WHERE r.id IN (SELECT DISTINCT session_id FROM inserted) AND r.erase_requested_at IS NULL FOR KEY SHARE;
  GET DIAGNOSTICS found_count = ROW_COUNT;
  IF found_count <> wanted THEN
    RAISE EXCEPTION 'session_events: % of % sessions do not exist', wanted - found_count, wanted
      USING ERRCODE = 'foreign_key_violation', TABLE = 'session_events';
  END IF;
  RETURN NULL;
END $$;--> statement-breakpoint
ALTER TABLE "redactions" ADD COLUMN "place_count" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "session_recordings" ADD COLUMN "archive_verified_at" timestamp with time zone;
