import { generateKeyPairSync } from 'node:crypto'
import { type PublicKeys, publicKeysOf, type SigningKeys, signingKeysOf } from '../../db/integrity/keys.js'

/** A new Ed25519 key as the file that SIGNING_KEY_FILE names holds it. */
export const aSigningKeyPem = (): string =>
  String(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }))

export interface TestSigning extends SigningKeys {
  /** What somebody pins who verifies. */
  publicKeys: PublicKeys
}

export function testSigning(pem = aSigningKeyPem()): TestSigning {
  const keys = signingKeysOf(pem, 'the test key')
  return { ...keys, publicKeys: publicKeysOf(JSON.stringify(keys.jwks), 'the test key') }
}
