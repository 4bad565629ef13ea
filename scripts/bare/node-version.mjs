/**
 * The oldest Node.js this project runs on. This module and the two commands that import it use only syntax
 * that far older versions parse, so that an old Node prints the sentence below instead of a SyntaxError.
 */
const OLDEST = [20, 19, 0]

/**
 * @param {string} version like `20.19.0`
 * @returns {string | null} what to tell the user, or null when the version will do
 */
export function tooOld(version) {
  const parts = version.split('.').map(Number)
  for (let i = 0; i < OLDEST.length; i++) {
    const part = parts[i] || 0
    const oldest = OLDEST[i] || 0
    if (part > oldest) return null
    if (part < oldest) {
      return `Node.js ${OLDEST.join('.')} or newer is needed; this is ${version}. Install it from https://nodejs.org/ and run the command again.`
    }
  }
  return null
}
