/**
 * The guard: a process of its own that outlives the command that started it, by design. It waits on its
 * standard input, which is a pipe from that command; the pipe ends when the command ends, however it ends.
 * Then it stops what the roster still lists, in order, and removes what it was asked to. After a clean stop
 * the roster is empty and there is nothing to do.
 *
 *   node guard.mjs <roster file> [--remove <file or folder>]… [--marked <name> <value>]
 */
import { rmSync } from 'node:fs'
import { processesWithEnv, signal } from './processes.mjs'
import { leftRunning, stopInOrder } from './roster.mjs'

const [rosterFile, ...options] = process.argv.slice(2)
if (rosterFile === undefined)
  throw new Error('Usage: guard.mjs <roster file> [--remove <path>]… [--marked <name> <value>]')

process.stdin.resume()
process.stdin.once('close', async () => {
  await stopInOrder(leftRunning(rosterFile))
  while (options.length > 0) {
    const option = options.shift()
    if (option === '--remove') rmSync(options.shift() ?? '', { recursive: true, force: true, maxRetries: 5 })
    if (option === '--marked') {
      const [name = '', value = ''] = options.splice(0, 2)
      for (const { pid } of processesWithEnv(name, value)) signal(pid, 'SIGKILL')
    }
  }
  process.exit(0)
})
