import { publicKeysView, type Receipt, receiptView, sessionParams } from '../../protocol/http/index.js'
import { receiptOf } from '../receipts.js'
import { type App, type HttpContext, sessionOf } from './context.js'

/** How long others may keep the public keys: a new one is published before it signs. */
const KEYS_MAX_AGE_SEC = 300

/** Receipts of how far sessions are recorded, and the keys to check them with. */
export function receiptRoutes(app: App, context: HttpContext): void {
  app.get(
    '/v1/sessions/:id/receipt',
    {
      config: { roles: ['candidate', 'proctor', 'service'] },
      schema: {
        summary: 'Says, signed, through which event a session is recorded',
        tags: ['sessions'],
        params: sessionParams,
        response: { 200: receiptView },
      },
    },
    async (request) => committedReceipt(context, (await sessionOf(context, request)).id),
  )

  app.get(
    '/.well-known/recorder-keys.json',
    {
      schema: {
        summary: 'The public keys that receipts and archives are signed with',
        tags: ['operation'],
        security: [],
        response: { 200: publicKeysView },
      },
    },
    async (_request, reply) => {
      reply.header('cache-control', `public, max-age=${KEYS_MAX_AGE_SEC}`)
      return context.signing.jwks
    },
  )
}

/** Of what is committed now. Throws StoreError. */
export const committedReceipt = ({ ingest, signing }: HttpContext, sessionId: string): Promise<Receipt> =>
  receiptOf({ db: ingest.db, clock: ingest.clock, signer: signing.signer }, sessionId)
