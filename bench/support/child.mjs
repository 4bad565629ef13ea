import { fork } from 'node:child_process'
import { join } from 'node:path'
import { ROOT } from './root.mjs'

/** @typedef {import('node:child_process').ChildProcess} ChildProcess */

/**
 * A program of the benches in a process of its own, which talks over IPC. It calls `endWithParent`.
 * @param {string} path from the benches' folder
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {ChildProcess}
 */
export const child = (path, env = {}) =>
  fork(join(ROOT, 'bench', path), { env: { ...process.env, NODE_ENV: 'production', ...env } })

/**
 * The next message of a process that has a field.
 * @param {ChildProcess} from
 * @param {string} field
 * @returns {Promise<any>} rejects where the process ends first
 */
export function answerOf(from, field) {
  return new Promise((resolve, reject) => {
    const onMessage = (/** @type {any} */ message) => {
      if (!(field in message)) return
      off()
      resolve(message)
    }
    const onExit = (/** @type {number | null} */ code) => {
      off()
      reject(new Error(`A process of the bench ended with ${code}.`))
    }
    const off = () => from.off('message', onMessage).off('exit', onExit)
    from.on('message', onMessage).on('exit', onExit)
  })
}

/**
 * Says something to a process, and waits for the message that answers it.
 * @param {ChildProcess} to
 * @param {object} message
 * @param {string} field of the answer
 */
export function ask(to, message, field) {
  const answer = answerOf(to, field)
  to.send(message)
  return answer
}

/**
 * A process that was forked must not outlive who forked it: where that was killed, nobody else would end it.
 * To be called in the child.
 */
export const endWithParent = () => process.on('disconnect', () => process.exit(1))
