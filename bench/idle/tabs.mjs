// Candidates who connect, say that their session starts, and are silent from then on; in processes of their own. Told over IPC whom
// to connect: answers when all have been heard.
import { openCandidate } from '../support/candidates.mjs'
import { endWithParent } from '../support/child.mjs'
import { inGroups } from '../support/in-groups.mjs'

/**
 * @typedef {object} Plan
 * @property {string} url
 * @property {boolean} isBare
 * @property {import('../support/candidates.mjs').Candidate[]} candidates
 */

endWithParent()
process.on('message', async (/** @type {Plan} */ { url, isBare, candidates }) => {
  await inGroups(candidates.length, async (i) => {
    const tab = await openCandidate({ url, isBare, candidate: /** @type {any} */ (candidates[i]) })
    const event = { type: 'session_start', data: { language: 'typescript', timeLimit: 3600 } }
    await new Promise((resolve) => tab.send([event], resolve))
  })
  process.send?.({ areOpen: true })
})
