import { expect, test } from 'vitest'
import { createOutput, formatMs } from './output.mjs'

function capture({ isTTY = false, env = {} }: { isTTY?: boolean; env?: Record<string, string> } = {}) {
  let text = ''
  const stream = {
    isTTY,
    columns: 100,
    write: (chunk: string) => (text += chunk),
  } as unknown as NodeJS.WriteStream
  let clockMs = 0
  const out = createOutput({ stream, env, nowMs: () => (clockMs += 1500) })
  return { out, text: () => text }
}

test('without a terminal every step is one plain line, and what a long one does is told', async () => {
  const { out, text } = capture()
  const value = await out.step('Packages', async (say) => {
    say('npm ci')
    return { value: 7, detail: 'installed' }
  })
  expect(value).toBe(7)
  const [during, after] = text().split('\n')
  expect(during).toBe('  … Packages       npm ci')
  expect(after).toMatch(/^ {2}✓ Packages {7}installed {2,}1\.5 s$/)
  expect(text()).not.toContain('\x1b')
})

test('a step that fails is marked, and its error goes on', async () => {
  const { out, text } = capture()
  await expect(out.step('Redis', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(text()).toContain('✗ Redis')
})

test('a terminal gets colours, unless NO_COLOR is set', () => {
  const shown = (env: Record<string, string>) => {
    const { out, text } = capture({ isTTY: true, env })
    out.heading('Title')
    return text()
  }
  expect(shown({})).toContain('\x1b[1mTitle')
  expect(shown({ NO_COLOR: '1' })).not.toContain('\x1b[1m')
})

test('a link in the summary is never cut', () => {
  const { out, text } = capture()
  const link = `http://127.0.0.1:4700/#token=${'x'.repeat(300)}`
  out.summary('Running', [['Console', link]])
  expect(text()).toContain(`Console  ${link}\n`)
})

test.each([
  [40, '0.0 s'],
  [12_340, '12.3 s'],
  [61_900, '1 min 1 s'],
])('%i ms is %s', (ms, words) => expect(formatMs(ms)).toBe(words))
