import { RecorderError } from '../../protocol/recorder-error.js'

/**
 * Throws a RecorderError where a service's address can't be one; a page gets to know it at once, not by silence. Apart from
 * `splitUrl`, which a recorder needs only where it sends.
 */
export function checkUrl(url: string): void {
  try {
    new URL(url, globalThis.location?.href)
  } catch (cause) {
    throw new RecorderError('VALIDATION', `url is no address: ${url}.`, undefined, { cause })
  }
}
