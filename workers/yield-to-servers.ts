import os from 'node:os'

/**
 * Where servers share the machine, keystrokes come first: what waits in Redis may be flushed a moment later, and a watcher
 * sees each moment. Alone on a machine a worker is as quick as ever. Lowers this process's priority to `nice`, 0 to 19;
 * one that was started with less keeps that. A system that refuses it is told of, and the worker works all the same.
 *
 * Linux has it by thread, and those to come have their parent's: so it is to be called before anything else is started.
 */
export function yieldToServers(nice: number, onRefused: (error: unknown) => void): void {
  try {
    if (nice > os.getPriority()) os.setPriority(nice)
  } catch (error) {
    onRefused(error)
  }
}
