import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { keptSecret, writeJson } from './files.mjs'
import { StopError } from './stop-error.mjs'

/**
 * The key that recordings are signed with: in the given file, or one made once and kept. Its public half is written beside
 * the data at each start, for whoever verifies.
 * @param {{ root: string, given: string | null, dataDir: string }} request
 * @returns {Promise<{ signingKeyFile: string, publicKeysFile: string }>}
 * @throws {StopError} where the file holds no such key
 */
export async function signingKeys({ root, given, dataDir }) {
  const kept = join(dataDir, 'signing-key.pem')
  if (given === null) keptSecret(kept, makeKey)
  const signingKeyFile = given ?? kept
  /** @type {{ readSigningKeys: (file: string) => { jwks: object } }} */
  const { readSigningKeys } = await import(pathToFileURL(join(root, 'dist/db/integrity/keys.js')).href)
  try {
    const publicKeysFile = join(dataDir, 'signing-keys.json')
    writeJson(publicKeysFile, readSigningKeys(signingKeyFile).jwks)
    return { signingKeyFile, publicKeysFile }
  } catch (error) {
    throw new StopError(/** @type {Error} */ (error).message)
  }
}

const makeKey = () =>
  String(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })).trim()
