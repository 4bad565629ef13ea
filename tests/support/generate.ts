/** A small seeded generator (mulberry32), so that a failing run can be had again by its printed seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

export interface GeneratedEvent {
  type: string
  data: Record<string, unknown>
  fileId?: string
}

const TEXTS = ['a', 'const x = 1\n', '\u0000', '\ud83d', '\ude00', 'é', '\u2028', '"\\\t', '<script>', '日本']

/** Events of all the kinds that have rows of their own, and of those that carry awkward text. */
export function generateEvents(count: number, random: () => number): GeneratedEvent[] {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T
  const text = () => Array.from({ length: 1 + Math.floor(random() * 6) }, () => pick(TEXTS)).join('')
  const makers: (() => GeneratedEvent)[] = [
    () => ({ type: 'terminal_stream', data: { channel: 'o', data: text() } }),
    () => ({ type: 'terminal_input', data: { command: text(), workingDirectory: '/' } }),
    () => ({ type: 'cursor', fileId: 'a.ts', data: { anchor: Math.floor(random() * 99), head: 3 } }),
    () => ({ type: 'code_edit', fileId: 'a.ts', data: { changes: [[0, 0, text()]], origin: 'typed' } }),
    () => ({ type: 'ai_interaction', data: { role: 'user', content: text(), latency: random() * 100 } }),
    () => ({
      type: 'test_result',
      data: { testName: text(), passed: random() < 0.5, duration: random() * 9 },
    }),
    () => ({
      type: 'code_snapshot',
      fileId: pick(['a.ts', 'b.ts', 'c\u0000.ts']),
      data: { fileName: 'a.ts', language: 'ts', content: pick(['', 'x\n', 'x\ny\n', text()]) },
    }),
    () => ({ type: 'custom:thing', data: { n: random(), nested: { list: [text(), null, true] } } }),
  ]
  return Array.from({ length: count }, () => pick(makers)())
}
