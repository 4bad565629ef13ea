import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { keptSecret, writePrivate } from './files.mjs'

const CONSOLE_TOKEN_SEC = 12 * 3600
const SERVICE_TOKEN_SEC = 30 * 24 * 3600

/**
 * The secret that tokens are signed with: the given one, or one made once and kept.
 * @param {string | null} given
 * @param {string} dataDir
 */
export const authSecret = (given, dataDir) =>
  given ?? keptSecret(join(dataDir, 'auth-secret'), () => randomBytes(32).toString('base64url'))

/**
 * A token to sign in to the console with, and a service token in DATA_DIR/service-token for the commands that
 * talk to this system; both are made anew at each start.
 * @param {{ root: string, secret: string, dataDir: string }} request
 * @returns {Promise<{ consoleToken: string, serviceTokenFile: string }>}
 */
export async function localTokens({ root, secret, dataDir }) {
  const module = pathToFileURL(join(root, 'dist/server/auth/tokens.js')).href
  /** @type {{ signToken: (claims: { role: string, sub: string, sid: string, expiresInSec: number }, secret: string) => Promise<string> }} */
  const { signToken } = await import(module)
  const consoleToken = await signToken(
    { role: 'proctor', sub: 'local-proctor', sid: '*', expiresInSec: CONSOLE_TOKEN_SEC },
    secret,
  )
  const serviceToken = await signToken(
    { role: 'service', sub: 'local-service', sid: '*', expiresInSec: SERVICE_TOKEN_SEC },
    secret,
  )
  const serviceTokenFile = join(dataDir, 'service-token')
  writePrivate(serviceTokenFile, `${serviceToken}\n`)
  return { consoleToken, serviceTokenFile }
}
