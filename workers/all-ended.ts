/** Waits until all have ended, and throws the first error of those that failed: each fails alone [I7]. */
export async function allEnded(work: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work)
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
}
