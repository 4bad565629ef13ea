import { sha256OfLongText, sha256OfText } from './sha256.js'

/** Text up to this length is hashed in the handler. */
const MAX_UNITS_AT_ONCE = 4096

/** Undefined of a text that a handler has no time for. */
export const hashAtOnce = (text: string): string | undefined =>
  text.length > MAX_UNITS_AT_ONCE ? undefined : sha256OfText(text)

/** Null of a long text where the browser can't make it. */
export const hashOf = async (text: string): Promise<string | null> =>
  hashAtOnce(text) ?? (await sha256OfLongText(text))

/**
 * What runs for the first times is far slower, until the browser has compiled it: not in the handler of a paste.
 *
 * @param isOn in a task of its own, whether to go on
 */
export async function warmUp(handle: (text: string) => void, isOn: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 8 && (await isOn()); i++) handle('x'.repeat(2048))
}
