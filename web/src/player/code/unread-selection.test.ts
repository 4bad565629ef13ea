import type { EditorView } from '@codemirror/view'
import { expect, test } from 'vitest'
import { withUnreadSelection } from './unread-selection.js'

class Page {
  activeElement: unknown = null
  getSelection(): string | null {
    return 'of the page'
  }
}
const standing = (page: Page, contentDOM: object) => ({ root: page, contentDOM }) as unknown as EditorView

test('an editor without the focus is told of no selection, and nobody else', () => {
  const page = new Page()
  const asked: unknown[] = []
  withUnreadSelection(standing(page, {}), () => asked.push(page.getSelection()))
  const failing = () =>
    withUnreadSelection(standing(page, {}), () => {
      throw new Error('broken')
    })
  expect(failing).toThrow('broken')
  expect([...asked, page.getSelection()]).toEqual([null, 'of the page'])
})

test('one with the focus keeps its selection where it is', () => {
  const page = new Page()
  const content = {}
  page.activeElement = content
  const asked: unknown[] = []
  withUnreadSelection(standing(page, content), () => asked.push(page.getSelection()))
  expect(asked).toEqual(['of the page'])
})
