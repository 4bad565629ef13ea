import { defineRecorderStatus } from '../../../client-sdk/src/adapters/status-element.js'
import { PageRecorder } from './page-recorder.js'

/** What the tests of the status element look at and reach for. */
export interface StatusPage {
  recorder: PageRecorder
  /** Every text that a screen reader would have been told, in order. */
  announced: string[]
}

declare global {
  var statusPage: StatusPage
}

const recorder = new PageRecorder()
const announced: string[] = []
// Set before the element is known: a page may load its scripts in any order.
const early = document.querySelector('recorder-status')
if (early !== null) early.recorder = recorder
defineRecorderStatus()
defineRecorderStatus()

// A change inside a live region is told, unless the nearest one around it is off.
for (const status of document.querySelectorAll('recorder-status')) {
  const observer = new MutationObserver((changes) => {
    const heard = changes.some(({ target }) => {
      const element = target instanceof Element ? target : target.parentElement
      return element?.closest('[aria-live=off]') === null
    })
    if (heard) announced.push(status.shadowRoot?.textContent ?? '')
  })
  if (status.shadowRoot)
    observer.observe(status.shadowRoot, { subtree: true, childList: true, characterData: true })
}
globalThis.statusPage = { recorder, announced }
document.documentElement.dataset.ready = 'yes'
