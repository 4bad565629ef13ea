import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8')
const TOKEN = /--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/g
const tokens = new Map([...css.matchAll(TOKEN)].map(([, name, light, dark]) => [name, { light, dark }]))

function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

const CHROME = ['chrome', 'chrome-raised', 'content', 'hover']
const READ: [text: string, grounds: string[]][] = [
  ['ink', [...CHROME, 'selection', 'glow']],
  ['ink-chrome', CHROME],
  ['ink-quiet', ['chrome', 'chrome-raised', 'content']],
  ['accent', [...CHROME, 'accent-ground']],
  ['on-accent', ['accent']],
  ['signal', ['chrome', 'chrome-raised', 'content', 'signal-ground']],
  ['failure', ['chrome', 'chrome-raised', 'content', 'failure-ground']],
  ...['keyword', 'string', 'number', 'comment', 'type', 'function', 'gutter'].map(
    (part): [string, string[]] => [`code-${part}`, ['content']],
  ),
]

test.each(['light', 'dark'] as const)('every text is readable on its ground (%s)', (theme) => {
  const failing = READ.flatMap(([text, grounds]) =>
    grounds.flatMap((ground) => {
      const ratio = contrast(tokens.get(text)?.[theme] ?? '', tokens.get(ground)?.[theme] ?? '')
      return ratio >= 4.5 ? [] : [`${text} on ${ground}: ${ratio.toFixed(2)}`]
    }),
  )
  expect(failing).toEqual([])
})

test.each(['light', 'dark'] as const)('the outline of a control is visible (%s)', (theme) => {
  for (const ground of ['chrome-raised', 'content']) {
    const outline = tokens.get('line-strong')?.[theme] ?? ''
    expect(contrast(outline, tokens.get(ground)?.[theme] ?? '')).toBeGreaterThanOrEqual(3)
  }
})

test.each(['light', 'dark'] as const)('the areas of plots are visible (%s)', (theme) => {
  const areas = [...tokens.keys()].filter((name) => name?.startsWith('plot-'))
  expect(areas.length).toBeGreaterThan(0)
  for (const area of areas) {
    const colour = tokens.get(area)?.[theme] ?? ''
    expect(contrast(colour, tokens.get('content')?.[theme] ?? ''), area).toBeGreaterThanOrEqual(3)
  }
})
