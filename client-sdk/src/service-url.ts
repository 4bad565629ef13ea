import { RecorderError } from '../../protocol/recorder-error.js'

/** A service behind a path prefix has its Socket.IO and its API under the same prefix. */
export function splitUrl(url: string): { origin: string; prefix: string } {
  const { origin, pathname } = new URL(url, globalThis.location?.href)
  return { origin, prefix: pathname.replace(/\/+$/, '') }
}

/** Throws a RecorderError where a service's address can't be one; a page gets to know it at once, not by silence. */
export function checkUrl(url: string): void {
  try {
    splitUrl(url)
  } catch (cause) {
    throw new RecorderError('VALIDATION', `url is no address: ${url}.`, undefined, { cause })
  }
}
