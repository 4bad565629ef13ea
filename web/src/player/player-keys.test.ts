import { expect, test } from 'vitest'
import { MemoryReplayer } from '../../../replay/index.js'
import { Playback } from './playback.js'
import { playerKeys, playerShortcuts } from './player-keys.js'

const nothing = () => {}
const keysWith = (onCopyLink: (() => void) | null) =>
  playerKeys({
    playback: new Playback(new MemoryReplayer(), { request: () => 0, cancel: nothing }),
    onTab: nothing,
    onFind: nothing,
    onFollow: nothing,
    onChanges: nothing,
    onCopyLink,
    onHelp: nothing,
  }).map(([key]) => key)

/** As the help writes them. */
const WRITTEN: Record<string, string> = { ' ': 'Space', ArrowLeft: '←', ArrowRight: '→' }
/** Told beside another key, or the timeline's and the notes' own. */
const BESIDE = ['Shift+ArrowLeft', 'Shift+ArrowRight', 'Mod+f']
const ELSEWHERE = ['+', '-', '0', 'N']

const written = (keys: readonly string[]) =>
  keys.filter((key) => !BESIDE.includes(key)).map((key) => WRITTEN[key] ?? upper(key))
const upper = (key: string) => (key.length === 1 ? key.toUpperCase() : key)
const told = (isConsole: boolean) =>
  playerShortcuts(isConsole)
    .flatMap(([keys]) => keys)
    .filter((key) => !ELSEWHERE.includes(key))

test.each([
  ['the console', nothing],
  ['a page of somebody else, where a moment has no address', null],
])('the help tells each key that does something, and no other, in %s', (_where, onCopyLink) => {
  expect(told(onCopyLink !== null).sort()).toEqual(written(keysWith(onCopyLink)).sort())
})

test('only in the console can notes be written', () => {
  const isNote = ([[key]]: readonly [readonly string[], string]) => key === 'N'
  expect([playerShortcuts(true).some(isNote), playerShortcuts(false).some(isNote)]).toEqual([true, false])
})
