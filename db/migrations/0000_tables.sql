CREATE TABLE "access_log" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "access_log_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"role" text NOT NULL,
	"sub" text NOT NULL,
	"action" text NOT NULL,
	"session_id" uuid NOT NULL
);
--> statement-breakpoint
CREATE TABLE "annotations" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "annotations_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"session_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"text" text NOT NULL,
	"author" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "claude_interactions" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "claude_interactions_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"session_id" uuid NOT NULL,
	"seq" bigint NOT NULL,
	"role" text NOT NULL,
	"content" text NOT NULL,
	"model" text,
	"input_tokens" bigint,
	"output_tokens" bigint,
	"latency" double precision,
	"prompt_quality" smallint,
	"timestamp" timestamp with time zone NOT NULL,
	CONSTRAINT "claude_interactions_seq" UNIQUE("session_id","seq")
);
--> statement-breakpoint
CREATE TABLE "code_snapshots" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "code_snapshots_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"session_id" uuid NOT NULL,
	"seq" bigint NOT NULL,
	"source" integer NOT NULL,
	"file_id" text NOT NULL,
	"file_name" text NOT NULL,
	"language" text,
	"content_hash" text NOT NULL,
	"full_content" text NOT NULL,
	"content_original" json,
	"diff_from_previous" json,
	"lines_added" integer NOT NULL,
	"lines_deleted" integer NOT NULL,
	"timestamp" timestamp with time zone NOT NULL,
	CONSTRAINT "code_snapshots_seq" UNIQUE("session_id","seq")
);
--> statement-breakpoint
CREATE TABLE "quarantined_events" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "quarantined_events_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"session_id" uuid NOT NULL,
	"seq" bigint NOT NULL,
	"type" text NOT NULL,
	"reason" text NOT NULL,
	"original" "bytea" NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "quarantined_events_seq" UNIQUE("session_id","seq")
);
--> statement-breakpoint
CREATE TABLE "session_events" (
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "session_events_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"session_id" uuid NOT NULL,
	"seq" bigint NOT NULL,
	"type" text NOT NULL,
	"timestamp" timestamp with time zone NOT NULL,
	"data" json NOT NULL,
	"file_id" text,
	"checkpoint" boolean NOT NULL,
	"source" integer NOT NULL,
	"source_seq" bigint NOT NULL,
	"received_at" timestamp with time zone NOT NULL,
	"meta" json,
	CONSTRAINT "session_events_session_id_seq_pk" PRIMARY KEY("session_id","seq")
);
--> statement-breakpoint
CREATE TABLE "session_recordings" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"candidate_id" text NOT NULL,
	"status" text DEFAULT 'ACTIVE' NOT NULL,
	"start_time" timestamp with time zone DEFAULT now() NOT NULL,
	"end_time" timestamp with time zone,
	"duration" integer,
	"event_count" bigint DEFAULT 0 NOT NULL,
	"storage_path" text,
	"storage_size" bigint,
	"question" json,
	"time_limit" integer,
	"metadata" json,
	"epoch" integer DEFAULT 0 NOT NULL,
	"next_source" integer DEFAULT 1 NOT NULL,
	"last_event_at" timestamp with time zone,
	"close_requested_at" timestamp with time zone,
	"close_status" text,
	"archive_state" text DEFAULT 'none' NOT NULL,
	"archive_generation" integer DEFAULT 0 NOT NULL,
	"archive_error" text,
	"archive_attempts" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "session_recordings_candidate_id_unique" UNIQUE("candidate_id"),
	CONSTRAINT "session_recordings_status" CHECK ("session_recordings"."status" in ('ACTIVE', 'COMPLETED', 'ABANDONED', 'ERROR'))
);
--> statement-breakpoint
CREATE TABLE "session_sources" (
	"session_id" uuid NOT NULL,
	"source" integer NOT NULL,
	"role" text NOT NULL,
	"sub" text NOT NULL,
	"source_id" text NOT NULL,
	"user_agent" text,
	"first_seen" timestamp with time zone DEFAULT now() NOT NULL,
	"last_seen" timestamp with time zone DEFAULT now() NOT NULL,
	"committed_seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "session_sources_session_id_source_pk" PRIMARY KEY("session_id","source"),
	CONSTRAINT "session_sources_identity" UNIQUE("session_id","role","sub","source_id")
);
--> statement-breakpoint
CREATE TABLE "test_results" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "test_results_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"session_id" uuid NOT NULL,
	"seq" bigint NOT NULL,
	"test_name" text NOT NULL,
	"passed" boolean NOT NULL,
	"output" text,
	"error" text,
	"duration" double precision,
	"timestamp" timestamp with time zone NOT NULL,
	CONSTRAINT "test_results_seq" UNIQUE("session_id","seq")
);
--> statement-breakpoint
ALTER TABLE "annotations" ADD CONSTRAINT "annotations_session_id_session_recordings_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."session_recordings"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "claude_interactions" ADD CONSTRAINT "claude_interactions_session_id_session_recordings_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."session_recordings"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "code_snapshots" ADD CONSTRAINT "code_snapshots_session_id_session_recordings_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."session_recordings"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "quarantined_events" ADD CONSTRAINT "quarantined_events_session_id_session_recordings_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."session_recordings"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session_sources" ADD CONSTRAINT "session_sources_session_id_session_recordings_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."session_recordings"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "test_results" ADD CONSTRAINT "test_results_session_id_session_recordings_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."session_recordings"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "access_log_session" ON "access_log" USING btree ("session_id","at");--> statement-breakpoint
CREATE INDEX "annotations_session" ON "annotations" USING btree ("session_id","at");--> statement-breakpoint
CREATE INDEX "code_snapshots_file" ON "code_snapshots" USING btree ("session_id","file_id","seq");--> statement-breakpoint
CREATE INDEX "session_recordings_start" ON "session_recordings" USING btree ("start_time" DESC NULLS LAST,"id");--> statement-breakpoint
CREATE INDEX "session_recordings_active" ON "session_recordings" USING btree ("id") WHERE status = 'ACTIVE';--> statement-breakpoint
CREATE INDEX "session_recordings_archive" ON "session_recordings" USING btree ("id") WHERE archive_state in ('pending', 'failed');