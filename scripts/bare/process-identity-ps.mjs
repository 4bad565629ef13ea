import { spawnSync } from 'node:child_process'

/**
 * The start time of a process where there is no /proc (macOS, BSD).
 * @param {number} pid
 * @returns {string | null} null when no such process runs
 */
export function identityByPs(pid) {
  const { status, stdout } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' })
  const line = stdout?.trim() ?? ''
  if (status !== 0 || line === '' || line.startsWith('Z')) return null
  return line.replace(/^\S+\s+/, '')
}
