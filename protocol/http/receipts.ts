import { z } from 'zod'
import { epochMs, seq } from './common.js'

/** Says, signed, how far a session is recorded; docs/protocol.md tells how it is checked. */
export const receiptView = z.object({
  sessionId: z.string(),
  seq: seq.describe('Recorded through this event; 0 before the first one'),
  head: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe("Of the session's chain after that event, hex"),
  atMs: epochMs.describe('When it was made out'),
  keyId: z.string().describe('Of the key under /.well-known/recorder-keys.json that signed it'),
  signature: z.string().describe('Ed25519, base64url'),
})
export type Receipt = z.infer<typeof receiptView>

/** The public keys that what the service signs is checked with, as JWK set (RFC 7517, RFC 8037). */
export const publicKeysView = z.object({
  keys: z.array(
    z.object({
      kty: z.literal('OKP'),
      crv: z.literal('Ed25519'),
      x: z.string(),
      kid: z.string(),
      use: z.literal('sig'),
      alg: z.literal('EdDSA'),
    }),
  ),
})
