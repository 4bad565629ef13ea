import type { BrowserContext, Locator, Page } from 'playwright-core'
import { waitFor } from '../support/wait-for.js'

/** How fast the candidate is. Waits are for looks of a recording alone: nothing that is checked depends on them. */
export interface Pace {
  /** Between two keys. */
  keyMs(): number
  /** Reading, thinking; `seconds` is what a person would take. */
  think(seconds: number): Promise<void>
}

/** As CodeMirror has it, `interactionDelay`. */
const COMPLETION_DELAY_MS = 75

export const AT_ONCE: Pace = { keyMs: () => 0, think: async () => {} }

/** A candidate in front of the demo interview, with real keys and a real mouse. */
export class Candidate {
  #runs = 0

  constructor(
    readonly page: Page,
    readonly context: BrowserContext,
    public pace: Pace = AT_ONCE,
  ) {}

  async start(url: string): Promise<void> {
    await this.page.goto(url)
    await this.page.getByRole('button', { name: 'Start interview' }).click()
    await this.editor().waitFor()
  }

  /** The editor in front. */
  editor(): Locator {
    return this.page.locator('.demo-editor:not([hidden]) .cm-content')
  }

  async openFile(path: string): Promise<void> {
    await this.page.getByRole('tab', { name: path, exact: true }).click()
    await this.page.locator(`.demo-editor[data-recorder-file="${path}"]:not([hidden])`).waitFor()
  }

  /** The texts of all files, as the page has them. */
  async files(): Promise<Record<string, string>> {
    const read = () =>
      this.page.evaluate(() => JSON.parse(sessionStorage.getItem('demo.work') ?? '{"files":[]}').files)
    const toTexts = (files: { path: string; text: string }[]) =>
      Object.fromEntries(files.map(({ path, text }) => [path, text]))
    // The page keeps them a moment after the last change.
    let before = ''
    return waitFor('texts that have settled', async () => {
      await new Promise((resolve) => setTimeout(resolve, 450))
      const files = await read()
      const settled = JSON.stringify(files) === before
      before = JSON.stringify(files)
      return settled ? toTexts(files) : null
    })
  }

  /** Types into whatever has the focus; a line end is the Enter key. */
  async type(text: string): Promise<void> {
    for (const char of text) {
      await this.page.keyboard.press(char === '\n' ? 'Enter' : char)
      const waitMs = this.pace.keyMs()
      if (waitMs > 0) await this.page.waitForTimeout(waitMs)
    }
  }

  /** Types lines of code into the editor, which indents and closes brackets by itself. */
  async typeCode(lines: readonly string[]): Promise<void> {
    for (const [i, line] of lines.entries()) {
      // The brace that was closed by itself is the next line already.
      if (line === '↓') await this.press('ArrowDown', 'End')
      else {
        if (i > 0) await this.press('Enter')
        await this.type(line)
        await this.closeCompletions()
      }
    }
  }

  /** Types over the first line in which a text stands. */
  async replaceLine(text: string, lines: readonly string[]): Promise<void> {
    await this.caretBehind(text)
    await this.press('Home', 'Shift+End')
    await this.typeCode(lines)
  }

  async press(...keys: string[]): Promise<void> {
    for (const key of keys) {
      await this.page.keyboard.press(key)
      if (this.pace.keyMs() > 0) await this.page.waitForTimeout(this.pace.keyMs())
    }
  }

  /** Takes a word from the list of completions. */
  async complete(word: string): Promise<void> {
    const options = this.page.locator('.cm-tooltip-autocomplete li')
    await options.filter({ hasText: word }).first().waitFor()
    // So long after it has opened the list leaves keys to the editor: whoever types on does not mean it.
    await this.page.waitForTimeout(2 * COMPLETION_DELAY_MS)
    const chosen = options.and(this.page.locator('[aria-selected]'))
    await waitFor(`"${word}" in front`, async () => {
      if ((await chosen.allTextContents()).includes(word)) return true
      await this.page.keyboard.press('ArrowDown')
      return false
    })
    await this.page.keyboard.press('Enter')
    await options.first().waitFor({ state: 'detached' })
  }

  /** With a list of completions open, Enter would take one. */
  async closeCompletions(): Promise<void> {
    await this.page.keyboard.press('Escape')
    await this.page.locator('.cm-tooltip-autocomplete').waitFor({ state: 'detached' })
  }

  /** Puts the caret behind the first place where a text stands in the editor in front. */
  async caretBehind(line: string): Promise<void> {
    await this.editor().locator('.cm-line', { hasText: line }).first().click()
    await this.press('End')
  }

  /** Typing with pauses in it is undone in pieces. */
  async undoUntilGone(text: string): Promise<void> {
    const lines = this.editor().locator('.cm-activeLine')
    await waitFor(`${text} undone`, async () => {
      await this.press('Control+z')
      return !(await lines.first().textContent())?.includes(text)
    })
  }

  /** Pastes what another program has put onto the clipboard. */
  async pasteForeign(text: string): Promise<void> {
    await this.page.evaluate((copied) => navigator.clipboard.writeText(copied), text)
    await this.press('Control+v')
  }

  /** Runs a line in the terminal and waits for the next prompt. */
  async run(command: string): Promise<void> {
    const terminal = this.page.locator('.demo-screen')
    await terminal.click()
    await waitFor('the focus in the terminal', () =>
      terminal.evaluate((one) => one.contains(document.activeElement)),
    )
    await this.type(command)
    // Drawn a frame later, and on several rows where it is long.
    await waitFor(`${command} on the screen`, async () =>
      (await this.screen()).replaceAll('\n', '').includes(command.trimEnd()),
    )
    const before = await this.screen()
    await this.press('Enter')
    await waitFor(`the end of ${command}`, async () => {
      const after = await this.screen()
      return after !== before && after.trimEnd().endsWith('~/interview $')
    })
  }

  screen(): Promise<string> {
    return this.page
      .locator('.demo-screen .xterm-rows > div')
      .allTextContents()
      .then((rows) => rows.map((row) => row.replaceAll('\u00a0', ' ').trimEnd()).join('\n'))
  }

  async runTests(): Promise<{ passed: number; failed: number }> {
    const run = ++this.#runs
    await this.press('Control+Enter')
    const panel = this.page.locator(`.demo-tests[data-run="${run}"][data-state="done"]`)
    await panel.waitFor()
    const count = (outcome: string) => panel.locator(`.demo-result[data-outcome="${outcome}"]`).count()
    return { passed: await count('passed'), failed: await count('failed') }
  }

  async ask(question: string): Promise<Locator> {
    await this.page.getByLabel('Ask the assistant').click()
    await this.type(question)
    const answers = this.page.locator('.demo-turn[data-role="assistant"]')
    const before = await answers.count()
    await this.press('Enter')
    const answer = answers.nth(before)
    await this.page.locator('.demo-turn[data-role="assistant"][data-state="whole"]').nth(before).waitFor()
    return answer
  }

  async makeFile(path: string): Promise<void> {
    await this.page.getByRole('button', { name: 'New file' }).click()
    await this.#nameFile(path)
  }

  async renameFile(path: string, toPath: string): Promise<void> {
    await this.openFile(path)
    await this.page.getByRole('button', { name: `Rename ${path}` }).click()
    await this.#nameFile(toPath)
  }

  /** Keys are for whoever has the focus: the name's field first, and the editor only after the dialog has closed. */
  async #nameFile(path: string): Promise<void> {
    await this.#focused(this.page.getByLabel('Name', { exact: true }))
    await this.press('Control+a')
    await this.type(path)
    await this.press('Enter')
    await this.page.getByRole('tab', { name: path, exact: true }).waitFor()
    await this.#focused(this.editor())
  }

  #focused(place: Locator): Promise<unknown> {
    return waitFor('the focus', () => place.evaluate((one) => one === document.activeElement))
  }

  async deleteFile(path: string): Promise<void> {
    await this.openFile(path)
    await this.page.getByRole('button', { name: `Delete ${path}` }).click()
    await this.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await this.page.getByRole('tab', { name: path, exact: true }).waitFor({ state: 'detached' })
    await this.page.getByRole('dialog').waitFor({ state: 'detached' })
  }

  async submit(): Promise<void> {
    await this.page.getByRole('button', { name: 'Submit' }).click()
    await this.page.getByRole('dialog').getByRole('button', { name: 'Submit' }).click()
    await this.page.getByText('Your code and the recording are saved').waitFor()
  }
}
