import { setPriority } from 'node:os'

/**
 * Where servers share the machine, keystrokes come first: what waits in Redis may be flushed a moment later, and a watcher
 * sees each moment. Alone on a machine a worker is as quick as ever. Lowers this process's priority by `nice`, 0 to 19.
 *
 * Linux has it by thread, and those to come have their parent's: so it is to be called before anything else is started.
 */
export function yieldToServers(nice: number): void {
  if (nice > 0) setPriority(nice)
}
