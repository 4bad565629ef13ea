import { expect, test } from 'vitest'
import { loadedLanguage, loadLanguage } from './languages.js'

test('the ending decides, then what was declared, and plain text is fine', async () => {
  expect(loadLanguage('src/a.PY', 'typescript')).toBe(loadLanguage('b.py', null))
  expect(loadLanguage('main', 'C++')).toBe(loadLanguage('a.cpp', null))
  expect(loadLanguage('notes.txt', null)).toBeNull()
  expect(loadLanguage('notes', '')).toBeNull()
  expect(loadLanguage('a.constructor', 'constructor')).toBeNull()
})

test('a grammar that was loaded once is here', async () => {
  expect(loadedLanguage('a.rs', null)).toBeNull()
  const language = await loadLanguage('a.rs', null)?.()
  expect(loadedLanguage('b', 'rust')).toBe(language)
  expect(loadedLanguage('notes.txt', null)).toBeNull()
})
