CREATE TABLE "session_links" (
	"session_id" uuid NOT NULL,
	"first_seq" bigint NOT NULL,
	"last_seq" bigint NOT NULL,
	"salt" "bytea",
	"lines_hash" "bytea" NOT NULL,
	"head" "bytea" NOT NULL,
	"marks" "bytea" NOT NULL,
	"masked_salt" "bytea",
	"masked_hash" "bytea",
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "session_links_session_id_last_seq_pk" PRIMARY KEY("session_id","last_seq")
);
--> statement-breakpoint
CREATE TABLE "session_seals" (
	"session_id" uuid PRIMARY KEY NOT NULL,
	"generation" integer NOT NULL,
	"statement" text NOT NULL,
	"key_id" text NOT NULL,
	"signature" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "redactions" ADD COLUMN "statement" text;--> statement-breakpoint
ALTER TABLE "redactions" ADD COLUMN "key_id" text;--> statement-breakpoint
ALTER TABLE "redactions" ADD COLUMN "signature" text;--> statement-breakpoint
ALTER TABLE "session_links" ADD CONSTRAINT "session_links_session_id_session_recordings_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."session_recordings"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session_seals" ADD CONSTRAINT "session_seals_session_id_session_recordings_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."session_recordings"("id") ON DELETE cascade ON UPDATE no action;