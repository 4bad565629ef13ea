// What is measured, in a page: nothing of it is the product's.
import { openAsciinema } from './asciinema.mjs'
import { openOurs } from './ours.mjs'
import { openRrweb, recordEdits } from './rrweb.mjs'
import { nextFrame, randoms, rest } from './waits.mjs'

const place = () => {
  const element = document.createElement('div')
  element.className = 'place'
  document.body.replaceChildren(element)
  return element
}

/** How long it takes from nothing until the panes hold a moment. */
async function openAt(/** @type {string} */ url, /** @type {number} */ share) {
  const before = performance.now()
  const player = await openOurs(url, place(), share)
  const ms = performance.now() - before
  player.check()
  player.close()
  return ms
}

/** Goes to random moments: each time to one whose events are not here, then to one whose events are. */
async function seekOurs(/** @type {string} */ url, /** @type {number} */ seeks) {
  const player = await openOurs(url, place(), 0)
  const { startMs, endMs } = player
  await player.settle()
  const next = nextOf(randoms())
  const fetched = []
  const loaded = []
  for (let i = 0; i < seeks; i++) {
    await nextFrame()
    const atMs = startMs + next() * (endMs - startMs)
    fetched.push(await player.seek(atMs))
    player.check()
    await rest()
    await nextFrame()
    const { fromMs, toMs } = /** @type {any} */ (player.loadedStretch(atMs))
    loaded.push(await player.seek(fromMs + next() * (toMs - fromMs)))
    player.check()
    await rest()
  }
  player.close()
  return { fetched, loaded }
}

async function seekAsciinema(
  /** @type {Parameters<typeof openAsciinema>[0]} */ source,
  /** @type {number} */ seeks,
) {
  place()
  const before = performance.now()
  const player = await openAsciinema(source)
  const openedMs = performance.now() - before
  const next = nextOf(randoms())
  const took = []
  for (let i = 0; i < seeks; i++) {
    await nextFrame()
    took.push(await player.seek(next() * player.durationSec()))
  }
  player.close()
  return { openedMs, took }
}

async function seekRrweb(/** @type {number} */ seeks) {
  const recording = await (await fetch('/edits.json')).json()
  const events = await recordEdits(recording, place())
  const bytes = JSON.stringify(events).length
  const player = openRrweb(events, place())
  const next = nextOf(randoms())
  const took = []
  for (let i = 0; i < seeks; i++) {
    await nextFrame()
    took.push(await player.seek(next() * player.durationMs))
  }
  player.close()
  return { took, edits: recording.edits.length, events: events.length, bytes }
}

const nextOf = (/** @type {Generator<number>} */ numbers) => () =>
  /** @type {number} */ (numbers.next().value)

Object.assign(window, { bench: { openAt, seekOurs, seekAsciinema, seekRrweb } })
