export const MAX_QUESTION_KEY_CHARS = 256

/**
 * By what sessions of one question are found (`question` of GET /v1/stats): its id, its title, or itself where it
 * is a text or a number; null where it has none of them. At most 256 UTF-16 units.
 */
export function questionKeyOf(question: unknown): string | null {
  const { id, title } = (typeof question === 'object' && question !== null ? question : {}) as Record<
    string,
    unknown
  >
  const key = [id, title, question].find((name) => typeof name === 'string' || typeof name === 'number')
  return key === undefined || key === '' ? null : String(key).slice(0, MAX_QUESTION_KEY_CHARS)
}
