import { z } from 'zod'
import { storeSettingsShape, wholeNumber } from '../db/settings.js'

/** An origin is what browsers send: scheme, host and port, without a path. */
function isOriginList(text: string): boolean {
  return (
    text === '*' || text.split(',').every((one) => URL.canParse(one) && new URL(one).origin === one.trim())
  )
}

/** Each name is the environment variable's; README has the table. */
export const serverSettingsShape = {
  ...storeSettingsShape,
  HOST: z.string().default('127.0.0.1'),
  PORT: wholeNumber(4700, 0, 65535),
  AUTH_SECRET: z.string().min(32, 'a secret of at least 32 characters'),
  /** Origins that may use the API and the sockets from a browser, separated by commas; * for any. */
  ALLOWED_ORIGINS: z
    .string()
    .refine(isOriginList, '* or origins such as https://example.com, separated by commas')
    .default('*'),
  /** A candidate without an event for so long counts as idle. */
  IDLE_AFTER_MS: wholeNumber(60_000, 1_000, 3_600_000),
  /** Above so many uncommitted events of a session its recorders are asked to slow down. */
  BACKLOG_SLOW_EVENTS: wholeNumber(50_000, 100, 10_000_000),
}

export type ServerSettings = z.infer<z.ZodObject<typeof serverSettingsShape>>
