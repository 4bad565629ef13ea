// Watchers of the costs bench, in a process of their own: each watches one session, and counts what it is shown.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { endWithParent } from '../support/child.mjs'
import { inGroups } from '../support/in-groups.mjs'
import { ROOT } from '../support/root.mjs'

endWithParent()
let shown = 0

process.on('message', async (/** @type {any} */ { plan, isTally }) => {
  if (plan) {
    const { createWatcher } = await import(pathToFileURL(join(ROOT, 'dist/client-sdk/src/watcher.js')).href)
    await inGroups(plan.sessionIds.length, async (i) => {
      const watcher = createWatcher({
        url: plan.url,
        token: plan.token,
        sessionId: plan.sessionIds[i],
        onEvents: (/** @type {object[]} */ events) => {
          shown += events.length
        },
        onReset: () => {
          throw new Error('A watcher was reset.')
        },
      })
      await watcher.whenCaughtUp()
    })
    process.send?.({ isReady: true })
  }
  if (isTally) process.send?.({ shown })
})
