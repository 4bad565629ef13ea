import type { EditorView } from '@codemirror/view'
import { textChange } from '../../player/text-change.js'
import type { TextFile } from '../problem/problem.js'
import type { EditorRecording } from '../recording/record-editor.js'
import type { ShellFiles } from '../shell/files.js'
import { Store } from '../store.js'
import { makeEditor } from './editor.js'

export interface WorkspaceView {
  paths: readonly string[]
  activePath: string | null
  /** Changed since they were saved. */
  unsaved: ReadonlySet<string>
}

interface OpenFile {
  view: EditorView
  host: HTMLElement
}

/**
 * The interview's files, an editor each, one of them in front. The editor is the file: whoever else changes a text
 * (the shell, the assistant) changes it in there, so that undo and the recording see all of it.
 */
export class Workspace implements ShellFiles {
  /** Where the editors are; whoever shows the workspace puts it into the page. */
  readonly element = document.createElement('div')
  readonly view = new Store<WorkspaceView>({ paths: [], activePath: null, unsaved: new Set() })
  /** Counts changes of texts: apart from the view, so that a key draws nothing anew. */
  readonly changes = new Store(0)
  readonly #files = new Map<string, OpenFile>()

  constructor(
    files: readonly TextFile[],
    activePath: string | null,
    private readonly recording: EditorRecording,
  ) {
    this.element.className = 'demo-editors'
    for (const { path, text } of files) this.#open(path, text)
    this.view.update((view) => ({ ...view, paths: this.paths() }))
    this.show(activePath ?? files[0]?.path ?? '')
  }

  paths(): string[] {
    return [...this.#files.keys()]
  }

  read(path: string): string | null {
    return this.#files.get(path)?.view.state.doc.toString() ?? null
  }

  texts(): TextFile[] {
    return this.paths().map((path) => ({ path, text: this.read(path) ?? '' }))
  }

  get activeEditor(): EditorView | null {
    return this.#files.get(this.view.get().activePath ?? '')?.view ?? null
  }

  /** Changes a text from outside the editor, or makes the file. */
  write(path: string, text: string): void {
    // An empty file first, so that the text in it is a program's and not one that was given.
    if (!this.#files.has(path)) this.create(path)
    const view = this.#files.get(path)?.view
    const change = textChange(view?.state.doc.toString() ?? '', text)
    if (change !== null) view?.dispatch({ changes: change, userEvent: 'program' })
  }

  create(path: string): void {
    this.recording.created(path)
    this.#open(path, '')
    this.#tellPaths()
  }

  remove(path: string): void {
    const file = this.#files.get(path)
    if (file === undefined) return
    this.#files.delete(path)
    file.view.destroy()
    file.host.remove()
    this.recording.deleted(path)
    this.#setSaved(path)
    this.#tellPaths()
  }

  rename(path: string, toPath: string): void {
    const file = this.#files.get(path)
    if (file === undefined || path === toPath) return
    this.recording.renamed(path, toPath)
    file.host.dataset.recorderFile = toPath
    // The place among the tabs stays.
    const entries = [...this.#files].map(([key, each]) => [key === path ? toPath : key, each] as const)
    this.#files.clear()
    for (const [key, each] of entries) this.#files.set(key, each)
    // An empty transaction, for what asks the path: the label.
    file.view.dispatch({})
    this.view.update((view) => ({
      ...view,
      activePath: view.activePath === path ? toPath : view.activePath,
      unsaved: new Set([...view.unsaved].map((each) => (each === path ? toPath : each))),
    }))
    this.#tellPaths()
  }

  show(path: string): void {
    const file = this.#files.get(path)
    if (file === undefined) return
    if (this.view.get().activePath !== path) this.recording.shown(path)
    for (const { host } of this.#files.values()) host.hidden = host !== file.host
    this.view.update((view) => ({ ...view, activePath: path }))
    // What was drawn while it was hidden had no size.
    file.view.requestMeasure()
  }

  save(path: string): void {
    const file = this.#files.get(path)
    if (file === undefined) return
    this.recording.saved(file.view)
    this.#setSaved(path)
  }

  saveAll(): void {
    for (const path of this.view.get().unsaved) this.save(path)
  }

  #open(path: string, text: string): void {
    const host = document.createElement('div')
    host.className = 'demo-editor'
    host.dataset.recorderFile = path
    host.hidden = true
    // The path is that of the file's element: it changes when the file gets another name.
    const pathNow = () => host.dataset.recorderFile ?? path
    const view = makeEditor({
      text,
      path: pathNow,
      recording: this.recording.extension(path),
      onChange: () => this.#setUnsaved(pathNow()),
      onSave: () => this.save(pathNow()),
    })
    host.append(view.dom)
    this.element.append(host)
    this.#files.set(path, { view, host })
  }

  #setUnsaved(path: string): void {
    this.changes.update((count) => count + 1)
    this.view.update((view) =>
      view.unsaved.has(path) ? view : { ...view, unsaved: new Set([...view.unsaved, path]) },
    )
  }

  #setSaved(path: string): void {
    this.view.update((view) => {
      if (!view.unsaved.has(path)) return view
      return { ...view, unsaved: new Set([...view.unsaved].filter((each) => each !== path)) }
    })
  }

  #tellPaths(): void {
    const paths = this.paths()
    this.view.update((view) => ({ ...view, paths }))
    const { activePath } = this.view.get()
    if (activePath !== null && this.#files.has(activePath)) return
    const [next] = paths
    if (next === undefined) this.view.update((view) => ({ ...view, activePath: null }))
    else this.show(next)
  }
}
