import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'

// Ed25519 keys. A file in PEM holds them all: the private key that signs, and after it the public keys of those that
// signed before it, which go on verifying what they signed.

/** What a signature is for: one that was given for one thing never passes for another. */
export type SignedKind = 'metadata' | 'annotations' | 'receipt' | 'redaction' | 'session'

export interface Signature {
  /** Which key: the first 16 hex digits of the SHA-256 of its SPKI form. */
  keyId: string
  /** base64url. */
  signature: string
}

export interface Signer {
  readonly keyId: string
  /** Signs a text; Ed25519 has no chance in it, so the same text has the same signature. */
  sign(kind: SignedKind, text: string): Signature
}

/** A public key as JSON Web Key (RFC 8037). */
export interface PublicJwk {
  kty: 'OKP'
  crv: 'Ed25519'
  x: string
  kid: string
  use: 'sig'
  alg: 'EdDSA'
}

export interface SigningKeys {
  signer: Signer
  /** The signer's own first, then those of before. */
  jwks: { keys: PublicJwk[] }
}

/** Public keys by their id. */
export type PublicKeys = ReadonlyMap<string, KeyObject>

/** Why a key can't be used; shown to people as it is, and never with what stands in the file. */
export class KeyError extends Error {
  override readonly name = 'KeyError'
}

const PEM_BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]+?-----END \1-----/g
const blocksOf = (pem: string) => [...pem.matchAll(PEM_BLOCK)].map(([block, kind = '']) => ({ block, kind }))

/**
 * Reads the file that SIGNING_KEY_FILE names.
 * @throws KeyError where it is not there, or holds no private key of Ed25519
 */
export function readSigningKeys(file: string): SigningKeys {
  let pem: string
  try {
    pem = readFileSync(file, 'utf8')
  } catch (error) {
    const { code = 'an error' } = error as NodeJS.ErrnoException
    throw new KeyError(`SIGNING_KEY_FILE ${file} can't be read (${code}).`)
  }
  return signingKeysOf(pem, `SIGNING_KEY_FILE ${file}`)
}

/** @param where names the text in messages */
export function signingKeysOf(pem: string, where: string): SigningKeys {
  const blocks = blocksOf(pem)
  const own = blocks.find(({ kind }) => kind === 'PRIVATE KEY')
  if (own === undefined) throw new KeyError(`${where} holds no private key in PEM (PKCS #8).`)
  const privateKey = ed25519(() => createPrivateKey(own.block), where)
  const publicKeys = [createPublicKey(privateKey), ...publicKeysIn(blocks, where)]
  const keyId = keyIdOf(createPublicKey(privateKey))
  return {
    signer: {
      keyId,
      sign: (kind, text) => ({
        keyId,
        signature: sign(null, signedBytes(kind, text), privateKey).toString('base64url'),
      }),
    },
    jwks: { keys: publicKeys.map(jwkOf) },
  }
}

/**
 * Public keys from a text: PEM, of private keys their public half, or a JWK set as the service publishes it.
 * @throws KeyError where there are none
 */
export function publicKeysOf(text: string, where: string): PublicKeys {
  const keys = text.trimStart().startsWith('{') ? keysInJwks(text, where) : keysInPem(text, where)
  if (keys.length === 0) throw new KeyError(`${where} holds no Ed25519 key.`)
  return new Map(keys.map((key) => [keyIdOf(key), key]))
}

/** Whether a text was signed so by one of these keys; 'unknown key' where none of them is the one it names. */
export function checkSignature(
  keys: PublicKeys,
  kind: SignedKind,
  text: string,
  { keyId, signature }: Signature,
): 'valid' | 'invalid' | 'unknown key' {
  const key = keys.get(keyId)
  if (key === undefined) return 'unknown key'
  const bytes = Buffer.from(signature, 'base64url')
  // Other ways to write the same bytes are none: what is signed has one form.
  if (bytes.toString('base64url') !== signature) return 'invalid'
  return verify(null, signedBytes(kind, text), key, bytes) ? 'valid' : 'invalid'
}

const signedBytes = (kind: SignedKind, text: string): Buffer =>
  Buffer.from(`interviewlm-recorder ${kind} 1\n${text}`)

function keysInPem(pem: string, where: string): KeyObject[] {
  const blocks = blocksOf(pem)
  const own = blocks.filter(({ kind }) => kind === 'PRIVATE KEY')
  const publicHalves = own.map(({ block }) => createPublicKey(ed25519(() => createPrivateKey(block), where)))
  return [...publicHalves, ...publicKeysIn(blocks, where)]
}

const publicKeysIn = (blocks: ReturnType<typeof blocksOf>, where: string): KeyObject[] =>
  blocks
    .filter(({ kind }) => kind === 'PUBLIC KEY')
    .map(({ block }) => ed25519(() => createPublicKey(block), where))

function keysInJwks(text: string, where: string): KeyObject[] {
  try {
    const { keys } = JSON.parse(text) as { keys: { crv?: unknown }[] }
    return keys
      .filter(({ crv }) => crv === 'Ed25519')
      .map((key) => createPublicKey({ key: key as never, format: 'jwk' }))
  } catch {
    throw new KeyError(`${where} is not a JWK set.`)
  }
}

function ed25519(read: () => KeyObject, where: string): KeyObject {
  let key: KeyObject
  try {
    key = read()
  } catch {
    throw new KeyError(`${where} holds a key that can't be read.`)
  }
  if (key.asymmetricKeyType === 'ed25519') return key
  throw new KeyError(`${where} holds a key of type ${key.asymmetricKeyType}, not Ed25519.`)
}

const keyIdOf = (key: KeyObject): string =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 16)

function jwkOf(key: KeyObject): PublicJwk {
  const { x = '' } = key.export({ format: 'jwk' })
  return { kty: 'OKP', crv: 'Ed25519', x, kid: keyIdOf(key), use: 'sig', alg: 'EdDSA' }
}
