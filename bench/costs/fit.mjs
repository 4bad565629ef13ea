/**
 * The costs, none of them below nothing, that explain some measurements best: least squares, an error counting by the root of what
 * was measured, as processor time that is counted in ticks has it.
 * @param {{ counts: number[], cost: number }[]} measured how often each thing happened, and what all of it cost
 * @returns {number[]} the cost of each thing
 */
export function fitCosts(measured) {
  const things = measured[0]?.counts.length ?? 0
  const scaled = measured
    .filter(({ cost }) => cost > 0)
    .map(({ counts, cost }) => ({ row: counts.map((count) => count / Math.sqrt(cost)), of: Math.sqrt(cost) }))
  /** @type {{ costs: number[], error: number } | null} */
  let best = null
  // With a few things every choice of those that cost anything can be tried.
  for (let chosen = 1; chosen < 1 << things; chosen++) {
    const columns = Array.from({ length: things }, (_, i) => i).filter((i) => chosen & (1 << i))
    const solved = leastSquares(scaled.map(({ row, of }) => ({ row: columns.map((i) => row[i] ?? 0), of })))
    if (solved === null || solved.some((cost) => cost < 0)) continue
    const costs = Array(things).fill(0)
    columns.forEach((i, k) => {
      costs[i] = solved[k]
    })
    const error = scaled.reduce(
      (total, { row, of }) => total + (row.reduce((sum, count, i) => sum + count * costs[i], 0) - of) ** 2,
      0,
    )
    if (best === null || error < best.error - 1e-12) best = { costs, error }
  }
  if (best === null || scaled.length === 0) throw new Error('No costs explain what was measured.')
  return best.costs
}

/** x with the least (A·x − b)², by the normal equations; null where the columns depend on each other. */
function leastSquares(/** @type {{ row: number[], of: number }[]} */ rows) {
  const n = rows[0]?.row.length ?? 0
  const total = (/** @type {(one: { row: number[], of: number }) => number} */ term) =>
    rows.reduce((sum, one) => sum + term(one), 0)
  const m = Array.from({ length: n }, (_, i) => [
    ...Array.from({ length: n }, (_, k) => total(({ row }) => (row[i] ?? 0) * (row[k] ?? 0))),
    total(({ row, of }) => (row[i] ?? 0) * of),
  ])
  for (let i = 0; i < n; i++) {
    const pivot = m.slice(i).reduce((at, row, k) => (Math.abs(row[i]) > Math.abs(m[at][i]) ? i + k : at), i)
    ;[m[i], m[pivot]] = [m[pivot], m[i]]
    const top = m[i]
    if (Math.abs(top[i]) < 1e-12 * total(({ row }) => (row[i] ?? 0) ** 2)) return null
    for (let k = 0; k < n; k++) {
      if (k === i) continue
      const times = m[k][i] / top[i]
      for (let j = i; j <= n; j++) m[k][j] -= times * top[j]
    }
  }
  return m.map((row, i) => row[n] / row[i])
}
