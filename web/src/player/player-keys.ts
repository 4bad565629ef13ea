import type { Shortcut } from '../ui/help-dialog.js'
import type { KeyMap } from '../ui/use-keys.js'
import type { Playback } from './playback.js'
import { SIDE_TABS, type SideTab } from './side/side-pane.js'

const STEP_MS = 5000

interface KeyTargets {
  playback: Playback
  onTab: (tab: SideTab) => void
  onHelp: () => void
}

export const playerKeys = ({ playback, onTab, onHelp }: KeyTargets): KeyMap => [
  [' ', () => playback.toggle()],
  ['ArrowLeft', () => playback.seek(playback.current().atMs - STEP_MS)],
  ['ArrowRight', () => playback.seek(playback.current().atMs + STEP_MS)],
  ['[', () => playback.step(-1)],
  [']', () => playback.step(1)],
  ['Home', () => playback.seek(playback.current().startMs)],
  ['End', () => playback.follow()],
  ['?', onHelp],
  ...SIDE_TABS.map((tab, i) => [String(i + 1), () => onTab(tab)] as const),
]

export const PLAYER_SHORTCUTS: Shortcut[] = [
  [['Space'], 'Play or pause'],
  [['←', '→'], 'Five seconds back or on'],
  [['[', ']'], 'Previous or next checkpoint'],
  [['Home', 'End'], 'To the start, to the newest event'],
  [['1', '2', '3'], 'Chat, tests, notes'],
  [['?'], 'This help'],
]
