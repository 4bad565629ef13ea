import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completeAnyWord,
  completionKeymap,
} from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { javascript, javascriptLanguage } from '@codemirror/lang-javascript'
import { bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit } from '@codemirror/language'
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search'
import { EditorState, type Extension } from '@codemirror/state'
import {
  crosshairCursor,
  drawSelection,
  dropCursor,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  rectangularSelection,
} from '@codemirror/view'
import { pageNonce } from '../../ui/page-nonce.js'
import { editorTheme } from './editor-theme.js'

export interface EditorOptions {
  text: string
  /** Asked whenever it is needed: a file may get another name. */
  path: () => string
  /** What records this editor; see recording/record-editor.ts. */
  recording: Extension
  onChange: () => void
  onSave: () => void
}

/** An editor of one file. It is not in the page yet. */
export function makeEditor({ text, path, recording, onChange, onSave }: EditorOptions): EditorView {
  const save = () => {
    onSave()
    return true
  }
  const state = EditorState.create({
    doc: text,
    extensions: [
      // The one separator: a file's CRs stay characters, so that its text is the same for editor, tests and recording.
      EditorState.lineSeparator.of('\n'),
      EditorState.tabSize.of(2),
      EditorState.allowMultipleSelections.of(true),
      EditorView.cspNonce.of(pageNonce()),
      EditorView.contentAttributes.of(() => ({ 'aria-label': `Code of ${path()}` })),
      recording,
      lineNumbers(),
      highlightActiveLineGutter(),
      highlightSpecialChars(),
      history(),
      foldGutter(),
      drawSelection(),
      dropCursor(),
      rectangularSelection(),
      crosshairCursor(),
      indentOnInput(),
      indentUnit.of('  '),
      bracketMatching(),
      closeBrackets(),
      autocompletion(),
      highlightActiveLine(),
      highlightSelectionMatches(),
      keymap.of([
        { key: 'Mod-s', run: save, preventDefault: true },
        ...closeBracketsKeymap,
        ...defaultKeymap,
        ...searchKeymap,
        ...historyKeymap,
        ...foldKeymap,
        ...completionKeymap,
        indentWithTab,
      ]),
      languageOf(path()),
      editorTheme,
      EditorView.updateListener.of((update) => {
        if (update.docChanged) onChange()
      }),
    ],
  })
  return new EditorView({ state })
}

function languageOf(path: string): Extension {
  if (!/\.[cm]?jsx?$/.test(path)) return EditorView.lineWrapping
  return [javascript({ jsx: true }), javascriptLanguage.data.of({ autocomplete: completeAnyWord })]
}
