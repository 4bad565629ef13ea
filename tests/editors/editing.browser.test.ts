import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitFor } from '../support/wait-for.js'
import { drag, openWith, PATH, paste, press, select, textOf } from './page/hands.js'
import { type EditorSite, serveEditor } from './page/open-editor.js'
import { editsIn, editsOf, eventsOf, expectSame, originsOf } from './page/told.js'

// Both editors through the same real input: the text that replay makes of the events is the editor's, and each edit
// says where it came from.

describe.each(['codemirror', 'monaco'] as const)('%s', (editor) => {
  let site: EditorSite
  beforeAll(async () => {
    site = await serveEditor(editor)
  })
  afterAll(async () => {
    await site?.[Symbol.asyncDispose]()
  })

  test('typing, deleting, undo and redo', async () => {
    await using opened = await openWith(site, 'let a = 1\n')
    const { page, misdeeds } = opened
    await page.keyboard.type('if (a) {')
    await press(page, 'Enter')
    await page.keyboard.type('call("x")')
    await press(page, 'Backspace', 'Backspace', 'Control+Backspace', 'ArrowLeft', 'Delete', 'Tab')
    await press(page, 'Control+z', 'Control+z', 'Control+z')
    await press(page, 'Control+y', 'Control+y')
    await page.keyboard.type('z')
    expect(await originsOf(page)).toEqual(['typed', 'undo', 'redo', 'typed'])
    await expectSame(page, PATH)
    const events = await eventsOf(page)
    const strokes = events.filter(({ type }) => type === 'keystroke').length
    expect(strokes).toBe('if (a) {'.length + 1 + 'call("x")'.length + 6 + 5 + 1)
    // Where typing takes the cursor along, nobody has to say where it is.
    const said = editsIn(events).filter(({ selection }) => selection !== undefined).length
    expect(said).toBeLessThan(editsIn(events).length / 2)
    expect(misdeeds).toEqual([])
  })

  test('several cursors at once', async () => {
    await using opened = await openWith(site, 'one\ntwo\nthree\n')
    const { page, misdeeds } = opened
    await select(page, 0)
    await page.keyboard.down(editor === 'codemirror' ? 'Control' : 'Alt')
    for (const offset of [4, 8]) {
      const { x, y } = await page.evaluate((at) => editorPage.placeOf(at), offset)
      await page.mouse.click(x, y)
    }
    await page.keyboard.up(editor === 'codemirror' ? 'Control' : 'Alt')
    await page.keyboard.type('- 👍 ')
    await press(page, 'Backspace', 'Enter', 'Control+z')
    await page.keyboard.type('*')
    const edits = await editsOf(page)
    expect(edits.every(({ changes }) => changes.length === 3)).toBe(true)
    expect(await textOf(page)).toContain('- 👍*')
    expect(await originsOf(page)).toEqual(['typed', 'undo', 'typed'])
    await expectSame(page, PATH)
    expect(misdeeds).toEqual([])
  })

  test('composition by an input method, kept and given up', async () => {
    await using opened = await openWith(site, 'const greeting = ""')
    const { page, cdp, misdeeds } = opened
    await select(page, 18)
    for (const text of ['k', 'こ', 'こn', 'こん', 'こんに', 'こんにちは']) {
      const end = text.length
      await cdp.send('Input.imeSetComposition', { text, selectionStart: end, selectionEnd: end })
    }
    await cdp.send('Input.insertText', { text: '今日は' })
    for (const text of ['x', 'xy', ''])
      await cdp.send('Input.imeSetComposition', {
        text,
        selectionStart: text.length,
        selectionEnd: text.length,
      })
    await page.keyboard.type('!')
    expect(await textOf(page)).toBe('const greeting = "今日は!"')
    expect(await originsOf(page)).toEqual(['typed'])
    await expectSame(page, PATH)
    expect(misdeeds).toEqual([])
  })

  test('emoji, marks that combine, and halves of surrogate pairs', async () => {
    await using opened = await openWith(site, '// ')
    const { page, misdeeds } = opened
    for (const text of ['👍🏽', '👨‍👩‍👧', 'e\u0301', '𝒳', 'नमस्ते', 'שלום'])
      await page.keyboard.insertText(text)
    await press(
      page,
      'Backspace',
      'ArrowLeft',
      'Backspace',
      'Home',
      'ArrowRight',
      'ArrowRight',
      'ArrowRight',
      'Delete',
    )
    await page.evaluate(() => {
      editorPage.change([0, 0, '\ud83d'], [3, 3, 'a\udc4d\u0000'])
      editorPage.change([0, 1, 'x\ud83d\ude00'])
      editorPage.change([1, 2, ''])
    })
    await page.keyboard.type('end')
    await expectSame(page, PATH)
    expect(await originsOf(page)).toEqual(['typed', 'program', 'typed'])
    expect(misdeeds).toEqual([])
  })

  test.each([undefined, '\r\n'])(
    'a file with CRLF line breaks, the separator set to %j',
    async (lineSeparator) => {
      await using opened = await openWith(
        site,
        'one\r\ntwo\r\nthree\r\n',
        lineSeparator ? { lineSeparator } : {},
      )
      const { page, misdeeds } = opened
      await page.keyboard.type('four')
      await press(page, 'Enter', 'ArrowUp', 'ArrowUp', 'End', 'Enter', 'Backspace', 'Delete', 'Backspace')
      await page.evaluate(() => navigator.clipboard.writeText('a\r\nb\nc\r\n'))
      await paste(page)
      await press(page, 'Control+z', 'Control+z', 'Control+y')
      await page.evaluate(() => editorPage.insertFromAi('x\ny\r\nz'))
      await page.keyboard.type('!')
      await expectSame(page, PATH)
      const [opening] = await eventsOf(page)
      const keepsCrlf = editor === 'monaco'
      expect(opening?.data).toMatchObject({
        content: keepsCrlf ? 'one\r\ntwo\r\nthree\r\n' : 'one\ntwo\nthree\n',
        // Monaco's text has it.
        ...(!keepsCrlf && { lineSeparator: lineSeparator ?? '\n' }),
      })
      expect(await textOf(page)).toContain(keepsCrlf ? 'x\r\ny\r\nz!' : 'x\ny\nz!')
      expect(misdeeds).toEqual([])
    },
  )

  test('dragging within the editor, and into it from the page', async () => {
    await using opened = await openWith(site, 'alpha beta\ngamma\ndelta\n')
    const { page, misdeeds } = opened
    await select(page, 6, 10)
    const [from, to] = await page.evaluate(() => [editorPage.placeOf(8), editorPage.placeOf(13)] as const)
    await drag(page, from, to)
    await waitFor('the drop', async () => (await textOf(page)).includes('gabetamma'))
    expect(await textOf(page)).toBe('alpha \ngabetamma\ndelta\n')

    await page.evaluate(() => {
      const range = document.createRange()
      range.selectNodeContents(document.querySelector('#task') as Element)
      getSelection()?.removeAllRanges()
      getSelection()?.addRange(range)
    })
    const task = await page.locator('#task').boundingBox()
    const last = await page.evaluate(() => editorPage.placeOf(19))
    await drag(page, { x: (task?.x ?? 0) + 20, y: (task?.y ?? 0) + 8 }, last)
    await waitFor('the task', async () => (await textOf(page)).includes('Reverse the words'))
    expect(await originsOf(page)).toEqual(['drop own', 'drop outside'])
    await expectSame(page, PATH)
    expect(misdeeds).toEqual([])
  })

  test('pastes of own text, cut text, foreign text, and with several cursors', async () => {
    await using opened = await openWith(site, 'const one = 1\nconst two = 2\n')
    const { page, misdeeds } = opened
    await select(page, 0, 13)
    await press(page, 'Control+c')
    await select(page, 28)
    await paste(page)
    await page.evaluate(() => navigator.clipboard.writeText('stolen()\r\n  and more'))
    await paste(page)
    expect(await originsOf(page)).toEqual(['paste own', 'paste outside'])

    // What was cut is own wherever it goes, also line by line, and after a reload of the tab.
    await select(page, 14, 27)
    await press(page, 'Control+x')
    await waitFor('the cut', async () => !(await textOf(page)).includes('two'))
    await paste(page)
    await select(page, 0)
    await press(page, 'Control+c', 'ArrowDown')
    await paste(page)
    expect(await originsOf(page)).toEqual(['paste own', 'paste outside', 'typed', 'paste own'])
    await expectSame(page, PATH)

    await page.reload()
    await page.waitForFunction(() => globalThis.editorPage !== undefined)
    await page.evaluate(() => {
      editorPage.open('src/other.js', 'a\nb\n')
      editorPage.select(0)
      editorPage.focus()
    })
    await paste(page)
    expect(await originsOf(page)).toEqual(['paste own'])
    await expectSame(page, 'src/other.js')
    expect(misdeeds).toEqual([])
  })

  test('a text pasted at several cursors is one text, pasted several times or line by line', async () => {
    await using opened = await openWith(site, '\n\n\n')
    const { page, misdeeds } = opened
    await page.evaluate(() => navigator.clipboard.writeText('x1\nx2\nx3'))
    await select(page, 0)
    await press(page, 'Control+c')
    const modifier = editor === 'codemirror' ? 'Control' : 'Alt'
    await page.keyboard.down(modifier)
    for (const offset of [1, 2]) {
      const { x, y } = await page.evaluate((at) => editorPage.placeOf(at), offset)
      await page.mouse.click(x, y)
    }
    await page.keyboard.up(modifier)
    await page.evaluate(() => navigator.clipboard.writeText('p\nq\nr'))
    await paste(page)
    await press(page, 'Control+Shift+ArrowLeft', 'Control+c')
    await press(page, 'End')
    await paste(page)
    await page.evaluate(() => navigator.clipboard.writeText('both'))
    await paste(page)
    expect(await originsOf(page)).toEqual(['paste outside', 'paste own', 'paste outside'])
    expect((await editsOf(page)).map(({ changes }) => changes.length)).toEqual([3, 3, 3])
    await expectSame(page, PATH)
    expect(misdeeds).toEqual([])
  })

  test('completion, the AI, the page itself, moved lines and commands', async () => {
    await using opened = await openWith(site, 'first\nsecond\n')
    const { page, misdeeds } = opened
    await press(page, 'Enter')
    await page.keyboard.type('comp')
    await press(page, 'Control+Space')
    await page.getByText('completedWord').first().waitFor()
    await press(page, 'Enter')
    await waitFor('the completion', async () => (await textOf(page)).includes('completedWord'))
    await page.evaluate(() => editorPage.insertFromAi('\nconst answer = 42\n'))
    await page.evaluate(() => editorPage.change([0, 5, '1st']))
    await select(page, 0)
    await press(page, 'Alt+ArrowDown')
    await press(page, 'Control+/')
    await press(page, 'Control+z')
    await page.keyboard.type('.')
    expect(await originsOf(page)).toEqual([
      'typed',
      'complete',
      'ai',
      'program',
      'drop own',
      'program',
      'undo',
      'typed',
    ])
    await expectSame(page, PATH)
    expect(misdeeds).toEqual([])
  })

  test('a file of 20,000 lines, and 1 MB pasted into it', { timeout: 120_000 }, async () => {
    const line = '  const value = compute(index, "abc") // and a comment\n'
    await using opened = await openWith(site, line.repeat(20_000))
    const { page, misdeeds } = opened
    await select(page, 10_000 * line.length + 7)
    await page.keyboard.type('typed in the middle')
    await press(page, 'Backspace', 'Enter', 'Control+z')
    await page.evaluate(
      (text) => navigator.clipboard.writeText(text),
      `${line}\n`.repeat(20_000).slice(0, 1 << 20),
    )
    await paste(page)
    await page.keyboard.type('behind it')
    await press(page, 'Control+z', 'Control+z', 'Control+y', 'Control+y')
    expect((await textOf(page)).length).toBeGreaterThan(2e6)
    expect(await originsOf(page)).toEqual(['typed', 'undo', 'paste outside', 'typed', 'undo', 'redo'])
    await expectSame(page, PATH)
    expect(misdeeds).toEqual([])
  })
})
