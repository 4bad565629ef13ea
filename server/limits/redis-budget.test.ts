import { describe, expect, test } from 'vitest'
import { RedisBudget, type RedisMemory } from './redis-budget.js'

const BUDGET = 1_000_000

async function budgetOver(memory: RedisMemory) {
  const told: string[] = []
  const read = { memory: memory as RedisMemory | null }
  const budget = new RedisBudget(
    async () => {
      if (read.memory === null) throw new Error('away')
      return read.memory
    },
    BUDGET,
    {
      onReached: ({ budgetBytes }) => told.push(`reached ${budgetBytes}`),
      onLeft: () => told.push('left'),
      onReading: () => {},
    },
  )
  const look = async (next: RedisMemory | null) => {
    read.memory = next
    await budget.start()
    budget.stop()
  }
  await look(memory)
  return { budget, told, look }
}

describe('[I5] [I8] the budget of Redis', () => {
  test('the wait that is asked for begins near it and grows, never beyond some seconds', async () => {
    const { budget, look } = await budgetOver({ usedBytes: 0, maxBytes: 0 })
    const waits: number[] = []
    for (const part of [0, 0.5, 0.69, 0.75, 0.85, 0.95, 0.999]) {
      await look({ usedBytes: part * BUDGET, maxBytes: 0 })
      waits.push(budget.retryAfterMs)
      expect(() => budget.check()).not.toThrow()
    }
    expect(waits.slice(0, 3)).toEqual([0, 0, 0])
    expect(waits.slice(3)).toEqual([...waits.slice(3)].sort((a, b) => a - b))
    expect(waits[3]).toBeGreaterThan(0)
    expect(waits.at(-1)).toBeLessThanOrEqual(5_000)
  })

  test('at it nothing more is taken until there is room again, and both are told once', async () => {
    const { budget, told, look } = await budgetOver({ usedBytes: BUDGET, maxBytes: 0 })
    for (let i = 0; i < 3; i++) {
      expect(() => budget.check()).toThrow(
        expect.objectContaining({ code: 'TRY_LATER', details: { retryAfterMs: 5_000 } }),
      )
    }
    await look({ usedBytes: 0.97 * BUDGET, maxBytes: 0 })
    expect(budget.isFull).toBe(true)
    await look({ usedBytes: 0.5 * BUDGET, maxBytes: 0 })
    expect(() => budget.check()).not.toThrow()
    expect(told).toEqual([`reached ${BUDGET}`, 'left'])
  })

  test('what is appended between two looks counts', async () => {
    const { budget, look } = await budgetOver({ usedBytes: 0.9 * BUDGET, maxBytes: 0 })
    budget.appended(0.1 * BUDGET)
    expect(() => budget.check()).toThrow('The buffer is full.')
    await look({ usedBytes: 0.5 * BUDGET, maxBytes: 0 })
    expect(budget.retryAfterMs).toBe(0)
  })

  test('of a Redis with a limit of its own it is a part of that', async () => {
    const { budget, told } = await budgetOver({ usedBytes: 90_000, maxBytes: 100_000 })
    expect(budget.isFull).toBe(true)
    expect(told).toEqual(['reached 80000'])
  })

  test('while Redis is away what was known of it counts', async () => {
    const { budget, look } = await budgetOver({ usedBytes: BUDGET, maxBytes: 0 })
    await look(null)
    expect(budget.isFull).toBe(true)
  })
})
