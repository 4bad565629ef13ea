CREATE TABLE "session_keyframes" (
	"session_id" uuid PRIMARY KEY NOT NULL,
	"version" integer NOT NULL,
	"through_seq" bigint NOT NULL,
	"whole_seq" bigint NOT NULL,
	"answer" "bytea",
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "session_keyframes" ADD CONSTRAINT "session_keyframes_session_id_session_recordings_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."session_recordings"("id") ON DELETE cascade ON UPDATE no action;