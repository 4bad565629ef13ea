/**
 * Writes whole epoch milliseconds as toISOString does, in a fifth of the time where those that follow each other are
 * mostly of the same second: each row of a COPY has two. Throws RangeError as toISOString does.
 */
export function instantWriter(): (ms: number) => string {
  let second = Number.NaN
  let upToSecond = ''
  return (ms) => {
    const ofMs = Math.floor(ms / 1000)
    if (ofMs !== second) {
      upToSecond = new Date(ofMs * 1000).toISOString().slice(0, -'000Z'.length)
      second = ofMs
    }
    const rest = ms - ofMs * 1000
    return `${upToSecond}${rest < 10 ? '00' : rest < 100 ? '0' : ''}${rest}Z`
  }
}
