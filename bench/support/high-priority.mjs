import { getPriority, setPriority } from 'node:os'

const HIGH_PRIORITY = -15

/**
 * What starts meanwhile keeps the priority. A page that waits for the processor behind other programs would seem to be
 * slow itself. Not everybody may do that; then it is as it is.
 * @template T
 * @param {() => Promise<T>} start
 * @returns {Promise<T>}
 */
export async function atHighPriority(start) {
  const usual = getPriority()
  try {
    setPriority(HIGH_PRIORITY)
  } catch {
    return start()
  }
  try {
    return await start()
  } finally {
    setPriority(usual)
  }
}
