import { readFile } from 'node:fs/promises'
import { KeyError, type PublicKeys, publicKeysOf } from '../../db/integrity/keys.js'

const FETCH_TIMEOUT_MS = 10_000

/**
 * The public keys that a file or an address names: PEM, or a JWK set such as a recorder's /.well-known/recorder-keys.json.
 * @throws KeyError
 */
export async function pinnedKeys(from: string): Promise<PublicKeys> {
  if (/^https?:\/\//.test(from)) return publicKeysOf(await fetched(from), from)
  try {
    return publicKeysOf(await readFile(from, 'utf8'), from)
  } catch (error) {
    if (error instanceof KeyError) throw error
    const { code } = error as NodeJS.ErrnoException
    throw new KeyError(`${from} can't be read (${code ?? 'an error'}).`)
  }
}

async function fetched(url: string): Promise<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) }).catch(() => null)
  if (answer === null) throw new KeyError(`${url} can't be reached.`)
  if (!answer.ok) throw new KeyError(`${url} answered ${answer.status}.`)
  return answer.text()
}
