/**
 * The shortest edit from one sequence to another, after Myers (1986), in linear space. It takes `maxSteps` steps at
 * most: where they are spent, what is left counts as deleted and inserted whole. Steps and not time, so that the
 * same two sequences have the same difference on every machine.
 */
export function diffSequences(before, after, maxSteps) {
  const diff = []
  const put = (operation, count) => {
    const last = diff.at(-1)
    if (count === 0) return
    if (last?.[0] === operation) last[1] += count
    else diff.push([operation, count])
  }
  const search = middleSearch(before, after, maxSteps)
  function compare(from, to, start, end) {
    let [a0, a1, b0, b1] = [from, to, start, end]
    while (a0 < a1 && b0 < b1 && before[a0] === after[b0]) {
      a0++
      b0++
    }
    let tail = 0
    while (a0 < a1 && b0 < b1 && before[a1 - 1] === after[b1 - 1]) {
      a1--
      b1--
      tail++
    }
    put('=', a0 - from)
    const middle = a0 < a1 && b0 < b1 ? search(a0, a1, b0, b1) : null
    if (middle === null) {
      put('-', a1 - a0)
      put('+', b1 - b0)
    } else {
      compare(a0, middle[0], b0, middle[1])
      compare(middle[0], a1, middle[1], b1)
    }
    put('=', tail)
  }
  compare(0, before.length, 0, after.length)
  return inOneOrder(diff)
}
/** Between two kept runs, what is deleted comes before what is inserted, each in one piece. */
function inOneOrder(diff) {
  const ordered = []
  let [deleted, inserted] = [0, 0]
  const flush = () => {
    if (deleted > 0) ordered.push(['-', deleted])
    if (inserted > 0) ordered.push(['+', inserted])
    deleted = inserted = 0
  }
  for (const [operation, count] of diff) {
    if (operation === '-') deleted += count
    else if (operation === '+') inserted += count
    else {
      flush()
      ordered.push([operation, count])
    }
  }
  flush()
  return ordered
}
/** A place where a shortest path crosses the middle, searched from both ends; null where the steps are spent. */
function middleSearch(before, after, maxSteps) {
  let left = maxSteps
  let forth = new Int32Array(0)
  let back = new Int32Array(0)
  return (a0, a1, b0, b1) => {
    const [n, m] = [a1 - a0, b1 - b0]
    // No search goes further than its steps reach, so neither do its arrays.
    const reach = Math.min(Math.ceil((n + m) / 2), Math.ceil(Math.sqrt(left)))
    const mid = reach + 1
    if (forth.length < 2 * mid + 1) {
      forth = new Int32Array(2 * mid + 1)
      back = new Int32Array(2 * mid + 1)
    }
    const delta = n - m
    const isOdd = (delta & 1) !== 0
    forth[mid + 1] = 0
    back[mid + 1] = 0
    for (let d = 0; d < reach; d++) {
      for (let k = -d; k <= d; k += 2) {
        const down = k === -d || (k !== d && at(forth, mid + k - 1) < at(forth, mid + k + 1))
        let x = down ? at(forth, mid + k + 1) : at(forth, mid + k - 1) + 1
        const first = x
        while (x < n && x - k < m && before[a0 + x] === after[b0 + x - k]) x++
        left -= 1 + x - first
        forth[mid + k] = x
        if (x > n || x - k > m || !isOdd || Math.abs(delta - k) >= d) continue
        if (x + at(back, mid + delta - k) >= n) return split(a0, a1, b0, b1, x, x - k)
      }
      for (let k = -d; k <= d; k += 2) {
        const down = k === -d || (k !== d && at(back, mid + k - 1) < at(back, mid + k + 1))
        let x = down ? at(back, mid + k + 1) : at(back, mid + k - 1) + 1
        const first = x
        while (x < n && x - k < m && before[a1 - 1 - x] === after[b1 - 1 - x + k]) x++
        left -= 1 + x - first
        back[mid + k] = x
        if (x > n || x - k > m || isOdd || Math.abs(delta - k) > d) continue
        if (x + at(forth, mid + delta - k) >= n) return split(a0, a1, b0, b1, n - x, m - x + k)
      }
      if (left <= 0) return null
    }
    return null
  }
}
const at = (list, index) => list[index]
/** A corner would divide nothing. */
function split(a0, a1, b0, b1, x, y) {
  const [a, b] = [a0 + x, b0 + y]
  const isCorner = (a === a0 && b === b0) || (a === a1 && b === b1)
  return isCorner || x < 0 || y < 0 ? null : [a, b]
}
//# sourceMappingURL=sequence-diff.js.map
