/**
 * Whether `work` has ended after `ms`, well or not; where it has not, it goes on unheard. For the steps of a stop,
 * none of which may hold up the ones behind it.
 */
export async function endsWithin(work: PromiseLike<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms)
  })
  const ended = Promise.resolve(work).then(
    () => true,
    () => true,
  )
  return Promise.race([ended, late]).finally(() => clearTimeout(timer))
}
