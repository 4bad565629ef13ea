import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { identityOf } from './processes.mjs'

/**
 * Starts the guard (see guard.mjs) for this process.
 * @param {string} rosterFile
 * @param {string[]} [options] of guard.mjs
 * @returns {{ pid: number, identity: string, dismiss: () => void }} `dismiss` ends it; call it when everything
 *   is stopped
 */
export function startGuard(rosterFile, options = []) {
  const script = fileURLToPath(new URL('./guard.mjs', import.meta.url))
  // Detached: what ends this process (a closed terminal, a signal to its group) must not end the guard.
  const child = spawn(process.execPath, [script, rosterFile, ...options], {
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  child.on('error', () => {})
  child.stdin?.on('error', () => {})
  child.unref()
  const pid = child.pid ?? 0
  return { pid, identity: identityOf(pid) ?? '', dismiss: () => child.stdin?.end() }
}
