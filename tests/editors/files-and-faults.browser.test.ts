import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitFor } from '../support/wait-for.js'
import { openWith, PATH, press, textOf } from './page/hands.js'
import { type EditorSite, serveEditor } from './page/open-editor.js'
import { editsOf, eventsOf, expectSame, originsOf, replayed, typesOf } from './page/told.js'

// What becomes of a file's text when the editor shows another, when the file is renamed or deleted, and when the
// recorder is paused, full, broken or closed.

describe.each(['codemirror', 'monaco'] as const)('%s', (editor) => {
  let site: EditorSite
  beforeAll(async () => {
    site = await serveEditor(editor)
  })
  afterAll(async () => {
    await site?.[Symbol.asyncDispose]()
  })

  test('several files in one editor: each is told when it is shown, and goes on where it was', async () => {
    await using opened = await openWith(site, 'a\n')
    const { page, misdeeds } = opened
    const show = (path: string, text?: string) =>
      page.evaluate(
        ([name, content]) => {
          editorPage.open(name, content)
          editorPage.focus()
          editorPage.select(editorPage.text().length)
        },
        [path, text ?? ''] as const,
      )
    await page.keyboard.type('in a')
    await show('src/b.js', 'b\n')
    await page.keyboard.type('in b')
    await press(page, 'Enter')
    await expectSame(page, 'src/b.js')
    await show(PATH)
    await page.keyboard.type(' again')
    await press(page, 'Control+z')
    await expectSame(page, PATH)
    await show('src/b.js')
    await page.keyboard.type('still')
    await expectSame(page, 'src/b.js')
    const state = await replayed(page)
    expect(state.files.map(({ path, text }) => [path, text])).toEqual([
      [PATH, 'a\nin a'],
      ['src/b.js', 'b\nin b\nstill'],
    ])
    // Leaving a file tells its text: nothing is left to a timer that never comes.
    const types = typesOf(await eventsOf(page)).filter((type) => /open|snapshot/.test(type))
    expect(types).toEqual([
      'editor_open',
      'code_snapshot',
      'editor_open',
      'code_snapshot',
      'editor_open',
      'code_snapshot',
      'editor_open',
    ])
    expect(misdeeds).toEqual([])
  })

  test('two editors of one file, kept alike, tell each change once', async () => {
    await using opened = await openWith(site, 'text\n')
    const { page, misdeeds } = opened
    await page.evaluate(() => {
      Object.assign(globalThis, { closeSplit: editorPage.split() })
    })
    await page.keyboard.type('in the first ')
    await page.evaluate(() => editorPage.insertFromAi('of the AI '))
    await page
      .locator(editor === 'codemirror' ? '.cm-content' : '.view-lines')
      .nth(1)
      .click()
    await press(page, 'Control+Home')
    await page.keyboard.type('in the second ')
    // The one that was opened last tells, also of what the page does in the other.
    expect(await originsOf(page)).toEqual(['typed', 'ai', 'typed'])
    expect(await editsOf(page)).toHaveLength('in the first in the second '.length + 1)
    const rebuilt = async () => (await replayed(page)).files[0]?.text
    expect(await rebuilt()).toBe('in the second text\nin the first of the AI ')
    await page.evaluate(() => (globalThis as { closeSplit?: () => void }).closeSplit?.())
    await page.evaluate(() => editorPage.focus())
    await page.keyboard.type('alone')
    expect(await rebuilt()).toBe(await textOf(page))
    expect((await replayed(page)).divergences).toEqual([])
    expect(misdeeds).toEqual([])
  })

  test('a file that is renamed, saved, deleted and made anew', async () => {
    await using opened = await openWith(site, 'text\n')
    const { page, misdeeds } = opened
    await page.keyboard.type('before')
    await page.evaluate(() => editorPage.rename('lib/new.js'))
    await page.keyboard.type(' and after')
    await expectSame(page, 'lib/new.js')
    await page.evaluate(() => editorPage.save())
    const last = (await eventsOf(page)).slice(-2)
    expect(last).toMatchObject([
      { type: 'code_snapshot', fileId: 'lib/new.js', data: { content: 'text\nbefore and after' } },
      { type: 'file_write', fileId: 'lib/new.js', data: { filePath: 'lib/new.js' } },
    ])
    // Another file may take the old name while the editor still shows the renamed one.
    await page.evaluate((path) => editorPage.files.create(path, 'new one'), PATH)
    await page.keyboard.type('.')
    const byPath = async () =>
      Object.fromEntries(
        (await replayed(page)).files.map(({ path, text, deleted }) => [path, deleted ? null : text]),
      )
    expect(await byPath()).toEqual({ [PATH]: 'new one', 'lib/new.js': 'text\nbefore and after.' })

    await page.evaluate(() => editorPage.files.delete('lib/new.js'))
    await page.keyboard.type('for nobody')
    await page.evaluate(() => editorPage.open('src/c.js', 'c'))
    expect(await byPath()).toEqual({ [PATH]: 'new one', 'lib/new.js': null, 'src/c.js': 'c' })
    expect(misdeeds).toEqual([])
  })

  // CodeMirror has no notion of a file's language: its page says it when it opens the file, and that is all.
  if (editor === 'monaco')
    test('a file whose language is changed', async () => {
      await using opened = await openWith(site, 'text\n')
      const { page, misdeeds } = opened
      await page.keyboard.type('python')
      await page.evaluate(() => editorPage.setLanguage?.('javascript'))
      await page.keyboard.type('javascript')
      await page.evaluate(() => editorPage.save())
      const told = (await eventsOf(page)).flatMap(({ type, data }) => {
        const { language } = data as { language?: string }
        return language === undefined ? [] : [[type, language]]
      })
      expect(told).toEqual([
        ['editor_open', 'python'],
        ['code_snapshot', 'python'],
        ['editor_open', 'javascript'],
        ['code_snapshot', 'javascript'],
        ['file_write', 'javascript'],
      ])
      await expectSame(page, PATH)
      expect(misdeeds).toEqual([])
    })

  test('a pause keeps back what is edited in it, and its end tells the text', async () => {
    await using opened = await openWith(site, 'text\n')
    const { page, misdeeds } = opened
    await page.keyboard.type('before ')
    await page.evaluate(() => editorPage.recorder.pause())
    await page.keyboard.type('secret')
    await page.evaluate(() => editorPage.open('src/b.js', 'opened in the break\n'))
    await page.evaluate(() => editorPage.focus())
    await press(page, 'Control+End')
    expect(JSON.stringify(await eventsOf(page))).not.toContain('secret')
    expect(JSON.stringify(await eventsOf(page))).not.toContain('break')
    await page.evaluate(() => editorPage.recorder.resume())
    await page.keyboard.type('after')
    await expectSame(page, 'src/b.js')
    await page.evaluate((path) => {
      editorPage.open(path)
      editorPage.focus()
      editorPage.select(editorPage.text().length)
    }, PATH)
    await page.keyboard.type(' after')
    await expectSame(page, PATH)
    expect(misdeeds).toEqual([])
  })

  test('where events find no room the text is told anew before the next edit', async () => {
    await using opened = await openWith(site, 'text\n')
    const { page, misdeeds } = opened
    await page.keyboard.type('told ')
    await page.evaluate(() => {
      editorPage.recorder.isFull = true
    })
    await page.keyboard.type('not told ')
    await page.evaluate(() => {
      editorPage.recorder.isFull = false
    })
    // Room is back, but the recorder has not said so yet.
    await page.keyboard.type('nor this ')
    await page.evaluate(() => editorPage.recorder.resync('not_kept'))
    await page.keyboard.type('told again')
    await expectSame(page, PATH)
    expect(await textOf(page)).toBe('text\ntold not told nor this told again')
    expect(misdeeds).toEqual([])
  })

  test('a closed recorder, or one that fails, is not felt by the editor', async () => {
    await using opened = await openWith(site, 'text\n')
    const { page, misdeeds } = opened
    await page.evaluate(() => {
      editorPage.recorder.fault = Object.assign(new Error('closed'), { code: 'RECORDER_CLOSED' })
    })
    await page.keyboard.type('on ')
    await page.evaluate(() => editorPage.save())
    expect(misdeeds).toEqual([])
    await page.evaluate(() => {
      editorPage.recorder.fault = new Error('broken')
    })
    await page.keyboard.type('and on')
    expect(await textOf(page)).toBe('text\non and on')
    // Where the fault is over, the text is told after the next pause in typing.
    await page.evaluate(() => {
      editorPage.recorder.fault = undefined
    })
    await page.keyboard.type('.')
    await waitFor('the text', async () => (await replayed(page)).files[0]?.text === 'text\non and on.')
    await page.keyboard.type('.')
    await expectSame(page, PATH)
    await page.evaluate(() => editorPage.dispose())
  })

  test('the whole text is told two seconds after the last change, and only then', async () => {
    await using opened = await openWith(site, 'text\n')
    const { page, misdeeds } = opened
    const snapshots = async () => (await eventsOf(page)).filter(({ type }) => type === 'code_snapshot')
    await page.keyboard.type('typed slowly', { delay: 250 })
    expect(await snapshots()).toEqual([])
    await waitFor('a snapshot', async () => (await snapshots()).length > 0)
    expect(await snapshots()).toMatchObject([
      { fileId: PATH, data: { fileName: PATH, content: 'text\ntyped slowly' } },
    ])
    await press(page, 'ArrowLeft')
    await page.keyboard.type('!')
    await waitFor('the next snapshot', async () => (await snapshots()).length > 1)
    expect(await snapshots()).toMatchObject([{}, { data: { content: 'text\ntyped slowl!y' } }])
    expect(misdeeds).toEqual([])
  })
})
