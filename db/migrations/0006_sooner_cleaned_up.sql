-- Retention takes a day's rows at a time. By default PostgreSQL cleans up when a fifth of a table is dead: until then a
-- day's new rows don't find the place of those that went.
ALTER TABLE "session_events" SET (autovacuum_vacuum_scale_factor = 0.05);--> statement-breakpoint
ALTER TABLE "code_snapshots" SET (autovacuum_vacuum_scale_factor = 0.05);--> statement-breakpoint
ALTER TABLE "claude_interactions" SET (autovacuum_vacuum_scale_factor = 0.05);--> statement-breakpoint
ALTER TABLE "test_results" SET (autovacuum_vacuum_scale_factor = 0.05);--> statement-breakpoint
-- No query goes by it: annotations_order has what they ask for.
DROP INDEX IF EXISTS "annotations_session";
