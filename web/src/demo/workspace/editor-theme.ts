import type { Extension } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { codeTheme } from '../../player/code/code-theme.js'

/** The player's colours, and what only an editor has: caret, selection, panels, completions. */
export const editorTheme: Extension = [
  EditorView.theme({
    // The caret says where the focus is; an outline would lie under the line numbers.
    '&.cm-focused': { outline: 'none' },
    '.cm-cursor': { borderLeft: '2px solid var(--accent)' },
    '.cm-content': { caretColor: 'var(--accent)' },
    '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--hover) 45%, transparent)' },
    '.cm-activeLineGutter': { backgroundColor: 'transparent', color: 'var(--ink)' },
    '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
      backgroundColor: 'var(--selection)',
    },
    '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': {
      backgroundColor: 'var(--accent-ground)',
      outline: '1px solid var(--accent)',
    },
    '.cm-nonmatchingBracket': { backgroundColor: 'var(--failure-ground)' },
    '.cm-selectionMatch': { backgroundColor: 'var(--accent-ground)' },
    '.cm-searchMatch': { backgroundColor: 'var(--signal-ground)', outline: '1px solid var(--signal)' },
    '.cm-searchMatch-selected': { backgroundColor: 'var(--selection)' },
    '.cm-panels': { backgroundColor: 'var(--chrome)', color: 'var(--ink-chrome)' },
    '.cm-panels-bottom': { borderTop: '1px solid var(--line)' },
    '.cm-panel.cm-search': { padding: '8px 12px', fontFamily: 'var(--font-ui)' },
    '.cm-panel.cm-search :is(input, button, label)': { fontSize: 'var(--text-12)' },
    '.cm-panel.cm-search [name=close]': { fontSize: 'var(--text-15)', color: 'var(--ink-quiet)' },
    '.cm-textfield': {
      border: '1px solid var(--line-strong)',
      borderRadius: 'var(--radius-small)',
      backgroundColor: 'var(--content)',
      color: 'var(--ink)',
    },
    '.cm-button': {
      border: '1px solid var(--line-strong)',
      borderRadius: 'var(--radius-small)',
      backgroundImage: 'none',
      backgroundColor: 'transparent',
      color: 'inherit',
    },
    '.cm-tooltip': {
      border: '1px solid var(--line-strong)',
      borderRadius: 'var(--radius-small)',
      backgroundColor: 'var(--chrome-raised)',
      color: 'var(--ink-chrome)',
      boxShadow: '0 4px 12px var(--shadow)',
    },
    '.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--font-code)', fontSize: 'var(--text-12)' },
    '.cm-tooltip-autocomplete > ul > li[aria-selected]': {
      backgroundColor: 'var(--accent-ground)',
      color: 'var(--ink)',
    },
  }),
  codeTheme,
]
