import { readFile } from 'node:fs/promises'
import type { Part } from './part.js'

/** Stated bounds: what a process may take whatever happens. */
export const MOST_RSS_MIB = { server: 512, worker: 512 }

const LOOK_EVERY_MS = 500

/** Looks at the memory of the product's processes while a run lasts. */
export class Vitals {
  /** The highest resident set seen, in MiB, by part. */
  readonly peakRssMib = new Map<string, number>()
  readonly #timer: NodeJS.Timeout

  constructor(readonly parts: readonly Part[]) {
    this.#timer = setInterval(() => void this.#look(), LOOK_EVERY_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  async #look(): Promise<void> {
    for (const { name, pid } of this.parts) {
      const mib = pid === null ? null : await rssMib(pid)
      if (mib !== null) this.peakRssMib.set(name, Math.max(mib, this.peakRssMib.get(name) ?? 0))
    }
  }

  findings(): string[] {
    return [...this.peakRssMib]
      .filter(([name, mib]) => mib > MOST_RSS_MIB[name.startsWith('server') ? 'server' : 'worker'])
      .map(([name, mib]) => `${name} took ${mib} MiB`)
  }
}

/** Null where the process is gone, or the system has no /proc. */
async function rssMib(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const kib = /VmRSS:\s+(\d+)/.exec(status)?.[1]
  return kib === undefined ? null : Math.round(Number(kib) / 1024)
}

/** What must not be in logs: a candidate's text, and signs of what nobody handled. */
export function logFindings(name: string, output: string, canary: string): string[] {
  const findings: string[] = []
  const lines = output.split('\n')
  const count = (what: string, matches: (line: string) => boolean) => {
    const found = lines.filter(matches)
    if (found.length > 0)
      findings.push(`log of ${name}: ${what} in ${found.length} lines, the first: ${found[0]?.slice(0, 300)}`)
  }
  count('a candidate’s text', (line) => line.includes(canary))
  count('an unhandled error', (line) => /unhandled|uncaught|"level":(50|60)|FATAL ERROR/i.test(line))
  return findings
}
