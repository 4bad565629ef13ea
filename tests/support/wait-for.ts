/** Asks until the answer is not null or undefined or false. The bound is for broken code, not for slow machines. */
export async function waitFor<T>(
  what: string,
  ask: () => T | Promise<T>,
  timeoutMs = 30_000,
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = Date.now() + timeoutMs
  let last: unknown
  for (;;) {
    try {
      const answer = await ask()
      if (answer !== null && answer !== undefined && answer !== false)
        return answer as NonNullable<Exclude<T, false>>
      last = answer
    } catch (error) {
      last = error
    }
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms for ${what}; last: ${String(last)}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}
