import { generateKeyPairSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A key for processes that run for one measurement. Answers the file. */
export async function writeSigningKey(/** @type {string} */ folder) {
  const { privateKey } = generateKeyPairSync('ed25519')
  const file = join(folder, 'signing-key.pem')
  await writeFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  return file
}
