// rrweb's recorder with its defaults. Its events are sent as its guide has it: gathered, and posted from a timer.
import { record } from '@rrweb/record'

const SAVE_EVERY_MS = 1_000
const { instrument } = /** @type {any} */ (window)

export function start() {
  /** @type {unknown[]} */
  let waiting = []
  let emitted = 0
  /** @type {Promise<unknown>} */
  let saved = Promise.resolve()
  const save = () => {
    if (waiting.length === 0) return
    const body = JSON.stringify(waiting)
    waiting = []
    saved = Promise.all([saved, fetch('/rrweb', { method: 'POST', body })])
  }
  const settle = async () => {
    save()
    await saved
  }
  /** @type {(() => void) | undefined} */
  let stopRecording
  return {
    begin: () => {
      stopRecording = record({
        emit: (event) => {
          emitted++
          waiting.push(event)
        },
      })
      instrument.leave()
      setInterval(instrument.timed('sending', save), SAVE_EVERY_MS)
    },
    settle,
    stop: async () => {
      stopRecording?.()
      await settle()
      return { emitted }
    },
  }
}
