import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const MADE_ELSEWHERE = new Set(['node_modules', 'dist', '.data', '.git'])

export const readText = (path: string): string => readFileSync(`${ROOT}${path}`, 'utf8')

/** All files of the project whose name ends so, by their path from its root, sorted. */
export function filesEndingIn(endings: RegExp, under = ''): string[] {
  return readdirSync(`${ROOT}${under}`, { withFileTypes: true })
    .flatMap((entry) => {
      const path = under === '' ? entry.name : `${under}/${entry.name}`
      if (entry.isDirectory()) return MADE_ELSEWHERE.has(entry.name) ? [] : filesEndingIn(endings, path)
      return endings.test(entry.name) ? [path] : []
    })
    .sort()
}

/** The text under a heading up to the next one of its level or above, code blocks left out of account. */
export function sectionOf(markdown: string, heading: string): string {
  const lines = markdown.split('\n')
  const start = lines.indexOf(heading)
  if (start < 0) throw new Error(`There is no heading "${heading}".`)
  const level = heading.indexOf(' ')
  const isEnd = new RegExp(`^#{1,${level}} `)
  let inCode = false
  const end = lines.findIndex((line, i) => {
    if (line.startsWith('```')) inCode = !inCode
    return i > start && !inCode && isEnd.test(line)
  })
  return lines.slice(start + 1, end < 0 ? undefined : end).join('\n')
}

/** The rows of the first table in a text, without its head: the cells, trimmed. */
export function tableIn(markdown: string): string[][] {
  const lines = markdown.split('\n')
  const start = lines.findIndex((line) => /^\|[ :|-]+\|$/.test(line))
  const rows: string[][] = []
  for (const line of lines.slice(start + 1)) {
    if (!line.startsWith('|')) break
    const cells = line.split(/(?<!\\)\|/).slice(1, -1)
    rows.push(cells.map((cell) => cell.trim()))
  }
  return rows
}

/** What stands in `backquotes`, code blocks left out. */
export function quotedIn(markdown: string): string[] {
  const prose = markdown.replace(/^```[\s\S]*?^```$/gm, '')
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, quoted = '']) => quoted)
}

/** The fenced blocks of a language. */
export function codeIn(markdown: string, language: string): string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm')
  return [...markdown.matchAll(fence)].map(([, code = '']) => code)
}
