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
CREATE INDEX "redactions_session" ON "redactions" USING btree ("session_id","id");