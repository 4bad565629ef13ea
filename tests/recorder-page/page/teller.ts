import type { Told, ToldLine } from '../told.js'

/**
 * Tells the test what happens in the page, all of a task in one request at its end. The request blocks the page until
 * the test has it: whatever kills the page after that, the test knows.
 */
export function startTeller(run: string) {
  const load = crypto.randomUUID()
  let n = 0
  let untold: ToldLine[] = []
  let isTelling = false

  const flush = () => {
    isTelling = false
    const lines = JSON.stringify(untold)
    untold = []
    try {
      const request = new XMLHttpRequest()
      request.open('POST', `/runs/${run}/told`, false)
      request.send(lines)
    } catch {
      // A page that is being left may not wait.
      navigator.sendBeacon(`/runs/${run}/told`, lines)
    }
  }

  return {
    tell(told: Told): void {
      n++
      untold.push({ load, n, told })
      // Statuses change at any time, and nothing hangs on them: they go with what comes next.
      if (isTelling || told.kind === 'status') return
      isTelling = true
      queueMicrotask(flush)
    },
  }
}

export type Teller = ReturnType<typeof startTeller>
