import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { checkSignature, KeyError, publicKeysOf, readSigningKeys, signingKeysOf } from './keys.js'

const makePair = () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return {
    pem: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    publicPem: String(publicKey.export({ type: 'spki', format: 'pem' })),
  }
}
const [own, former] = [makePair(), makePair()]

test('[R15] what one key signs, its public half verifies, for this one thing and this one text', () => {
  const { signer, jwks } = signingKeysOf(own.pem, 'the file')
  const keys = publicKeysOf(JSON.stringify(jwks), 'the set')
  const signed = signer.sign('receipt', 'text')
  expect(checkSignature(keys, 'receipt', 'text', signed)).toBe('valid')
  expect(checkSignature(keys, 'receipt', 'text ', signed)).toBe('invalid')
  expect(checkSignature(keys, 'metadata', 'text', signed)).toBe('invalid')
  expect(checkSignature(keys, 'receipt', 'text', { ...signed, signature: `${signed.signature}=` })).toBe(
    'invalid',
  )
  expect(checkSignature(keys, 'receipt', 'text', { ...signed, keyId: 'another' })).toBe('unknown key')
  const others = publicKeysOf(former.publicPem, 'another')
  expect(checkSignature(others, 'receipt', 'text', signed)).toBe('unknown key')
})

test('[R15] after a change of keys the former public key stands behind the own and is published with it', () => {
  const before = signingKeysOf(former.pem, 'the file')
  const { signer, jwks } = signingKeysOf(`${own.pem}\n${former.publicPem}`, 'the file')
  expect(jwks.keys.map(({ kid }) => kid)).toEqual([signer.keyId, before.signer.keyId])
  const keys = publicKeysOf(JSON.stringify(jwks), 'the set')
  expect(checkSignature(keys, 'metadata', 'x', before.signer.sign('metadata', 'x'))).toBe('valid')
  expect([...publicKeysOf(`${own.pem}${former.publicPem}`, 'the file').keys()]).toEqual([...keys.keys()])
})

test('a file that can’t be used is told by its name, and never what stands in it', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const rsaPem = String(rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const broken = own.pem.replace(/\n[A-Za-z0-9+/=]{8}/, '\nAAAAAAAA')
  for (const [pem, words] of [
    ['', 'no private key'],
    [own.publicPem, 'no private key'],
    [rsaPem, 'type rsa, not Ed25519'],
    [broken, "can't be read"],
  ] as const) {
    expect(() => signingKeysOf(pem, 'the file')).toThrow(KeyError)
    expect(() => signingKeysOf(pem, 'the file')).toThrow(`the file holds`)
    expect(() => signingKeysOf(pem, 'the file')).toThrow(words)
  }
  expect(() => readSigningKeys('/nowhere/key.pem')).toThrow(
    "SIGNING_KEY_FILE /nowhere/key.pem can't be read (ENOENT).",
  )
  expect(() => publicKeysOf('{"keys":[]}', 'the set')).toThrow('holds no Ed25519 key')
  expect(() => publicKeysOf('{', 'the set')).toThrow('is not a JWK set')
})
