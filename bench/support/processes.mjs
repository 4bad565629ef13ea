import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

/**
 * The processes of a run, found by the mark in their environment: `/proc`, so on Linux alone.
 * @param {Record<string, string>} mark one variable and its value
 * @param {string} script a part of the command line, such as `dist/run/workers/main.js`
 * @returns {number[]} pids
 */
export function pidsOf(mark, script) {
  const wanted = Object.entries(mark).map(([name, value]) => `${name}=${value}`)[0] ?? ''
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const [environment, command] = [read(pid, 'environ'), read(pid, 'cmdline')]
      return environment.split('\0').includes(wanted) && command.includes(script)
    })
    .map(Number)
}

/** Resident memory in bytes, now and at its highest since `resetPeak`. */
export function memoryOf(/** @type {number} */ pid) {
  const status = read(`${pid}`, 'status')
  const bytes = (/** @type {string} */ name) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024
  return { nowBytes: bytes('VmRSS'), peakBytes: bytes('VmHWM') }
}

/** From here on the highest counts anew. */
export const resetPeak = (/** @type {number} */ pid) => writeFileSync(`/proc/${pid}/clear_refs`, '5')

/** Processor time in seconds, of user and system, as the kernel counts it in ticks of 10 ms. */
export function cpuSecOf(/** @type {number} */ pid) {
  const fields = read(`${pid}`, 'stat').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/** A process may end while it is looked at. */
function read(/** @type {string} */ pid, /** @type {string} */ name) {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8')
  } catch {
    return ''
  }
}
