import { pino } from 'pino'
import { Counter, Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { Bounds } from './bounds.js'

function aBook() {
  const lines: { bound: string; msg: string; level: number }[] = []
  const log = pino({ base: null }, { write: (line: string) => lines.push(JSON.parse(line)) })
  const registry = new Registry()
  const counter = new Counter({ name: 'reached', help: 'x', labelNames: ['bound'], registers: [registry] })
  const clock = { nowMs: 0 }
  return { bounds: new Bounds(log, counter, () => clock.nowMs), lines, registry, clock }
}

test('[I8] a bound that is reached is counted each time and said once a minute, each bound for itself', async () => {
  const { bounds, lines, registry, clock } = aBook()
  for (let i = 0; i < 1_000; i++) bounds.reached('exports')
  bounds.reached('chat')
  expect(lines.map(({ bound, msg }) => [bound, msg])).toEqual([
    ['exports', 'a bound is reached'],
    ['chat', 'a bound is reached'],
  ])
  clock.nowMs += 60_000
  bounds.reached('exports')
  expect(lines).toHaveLength(3)
  expect(await registry.metrics()).toContain('reached{bound="exports"} 1001')
})

test('[I8] one that lasts is said when it is left, and at once when it is reached again', () => {
  const { bounds, lines } = aBook()
  bounds.reached('redisBudget', { usedBytes: 7 })
  bounds.left('redisBudget')
  bounds.reached('redisBudget')
  expect(lines.map(({ msg }) => msg)).toEqual(['a bound is reached', 'a bound is left', 'a bound is reached'])
  expect(lines[0]).toMatchObject({ usedBytes: 7 })
})
