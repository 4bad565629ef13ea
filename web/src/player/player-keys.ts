import type { Shortcut } from '../ui/help-dialog.js'
import type { KeyMap } from '../ui/use-keys.js'
import type { Playback } from './playback.js'
import { SIDE_TABS, type SideTab } from './side/side-pane.js'

const STEP_MS = 5000
const LONG_STEP_MS = 30_000
/** One press of J; held, the keyboard repeats it, and it plays backwards. */
const BACK_MS = 1000

interface KeyTargets {
  playback: Playback
  onTab: (tab: SideTab) => void
  onFind: () => void
  onFollow: () => void
  onChanges: () => void
  /** Null where a moment has no address. */
  onCopyLink: (() => void) | null
  onHelp: () => void
}

export const playerKeys = (targets: KeyTargets): KeyMap => {
  const { playback, onTab, onFind, onFollow, onChanges, onCopyLink, onHelp } = targets
  return [
    [' ', () => playback.toggle()],
    ['k', () => playback.pause()],
    ['l', () => playback.playFaster()],
    ['j', () => stepBack(playback)],
    ['ArrowLeft', () => playback.seekBy(-STEP_MS)],
    ['ArrowRight', () => playback.seekBy(STEP_MS)],
    ['Shift+ArrowLeft', () => playback.seekBy(-LONG_STEP_MS)],
    ['Shift+ArrowRight', () => playback.seekBy(LONG_STEP_MS)],
    [',', () => void playback.step(-1, 'event')],
    ['.', () => void playback.step(1, 'event')],
    ['<', () => void playback.step(-1, 'edit')],
    ['>', () => void playback.step(1, 'edit')],
    ['[', () => void playback.step(-1, 'checkpoint')],
    [']', () => void playback.step(1, 'checkpoint')],
    ['Home', () => playback.seek(playback.current().overview.startMs)],
    ['End', () => playback.follow()],
    ['/', onFind],
    ['Mod+f', onFind],
    ['f', onFollow],
    ['d', onChanges],
    ...(onCopyLink === null ? [] : [['c', onCopyLink] as const]),
    ['?', onHelp],
    ...SIDE_TABS.map((tab, i) => [String(i + 1), () => onTab(tab)] as const),
  ]
}

function stepBack(playback: Playback): void {
  playback.pause()
  playback.seekBy(-BACK_MS * playback.current().speed)
}

/** What the help tells; of links and notes only in the console, where a moment has an address. */
export const playerShortcuts = (isConsole: boolean): Shortcut[] =>
  SHORTCUTS.filter(([[key]]) => isConsole || (key !== 'C' && key !== 'N'))

const SHORTCUTS: Shortcut[] = [
  [['Space'], 'Play or pause'],
  [['J', 'K', 'L'], 'Back (hold to play backwards), pause, play and twice as fast'],
  [['←', '→'], 'Five seconds back or on; half a minute with Shift'],
  [['[', ']'], 'Previous or next checkpoint'],
  [['<', '>'], 'Previous or next edit'],
  [[',', '.'], 'Previous or next event'],
  [['Home', 'End'], 'To the start, to the newest event'],
  [['+', '-', '0'], 'Look closer, look wider, the whole interview'],
  [['/'], 'Find'],
  [['F'], 'Follow the edits'],
  [['D'], 'Show what changed'],
  [['C'], 'Copy a link to this moment'],
  [['N'], 'Write a note at this moment'],
  [['1', '2', '3', '4'], 'Chat, tests, notes, find'],
  [['?'], 'This help'],
]
