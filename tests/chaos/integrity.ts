import { openDatabase } from '../../db/connect.js'
import { pinnedKeys } from '../../scripts/verify/keys.js'
import { verifySession } from '../../scripts/verify/verify-session.js'
import type { Rig } from './rig.js'

/** Asks `npm run verify`'s own check of rows, chain, signature and archive, by keys from outside of the archive. */
export async function openIntegrityCheck({ world, servers, openArchive }: Rig) {
  const keys = await pinnedKeys(`${servers[0]?.url}/.well-known/recorder-keys.json`)
  const db = openDatabase({ url: world.databaseUrl, applicationName: 'chaos', maxConnections: 6 })
  const archive = openArchive()
  return {
    /** What is wrong with a session; null where it is intact. */
    findingOf: async (sessionId: string): Promise<string | null> => {
      const { outcome, findings, unsigned } = await verifySession({ db, archive, sessionId, keys })
      if (outcome === 'intact') return null
      return [outcome, ...findings.map(({ text }) => text), ...unsigned].slice(0, 4).join('; ')
    },
    close: async () => {
      await db.close()
      await archive.close()
    },
  }
}
