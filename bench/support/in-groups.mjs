const AT_ONCE = 20

/**
 * Makes so many of something, some at a time, so that none waits long for its turn at a server.
 * @template T
 * @param {number} count
 * @param {(index: number) => Promise<T>} make
 * @returns {Promise<T[]>} in the order of the indexes
 */
export async function inGroups(count, make) {
  /** @type {T[]} */
  const all = []
  while (all.length < count) {
    const from = all.length
    all.push(
      ...(await Promise.all(
        Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, i) => make(from + i)),
      )),
    )
  }
  return all
}
