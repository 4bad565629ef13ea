import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ComparedSessionsView, CreatedSessionView, StatisticsView } from '../../protocol/http/index.js'
import { ANALYSIS_VERSION } from '../../replay/analysis/index.js'
import type { ProductProcess } from '../support/process.js'
import { anId } from '../support/stores.js'
import { makeWorld, type World } from '../support/world.js'

let world: World
let server: ProductProcess
beforeAll(async () => {
  world = await makeWorld()
  server = await world.startServer()
})
afterAll(() => world[Symbol.asyncDispose]())

interface Sample {
  id: string
  metrics: Record<string, number>
  question: string | null
  status: 'COMPLETED' | 'ABANDONED'
  startMs: number
}

const DAY_MS = 86_400_000
const FIRST_DAY_MS = Date.UTC(2026, 2, 1)

/** Sessions as if they had been computed before, with these numbers. */
async function storeSample(sample: Omit<Sample, 'id'>, version = ANALYSIS_VERSION): Promise<Sample> {
  const { id }: CreatedSessionView = await world.createSession(server)
  const { sql } = world
  await sql`
    update session_recordings set status = ${sample.status}, start_time = ${new Date(sample.startMs).toISOString()}
    where id = ${id}`
  await sql`
    insert into session_analyses (session_id, version, through_seq, state, metrics, question_key)
    values (${id}, ${version}, 0, ${gzipSync('null')}, ${sql.json(sample.metrics)}, ${sample.question})`
  return { ...sample, id }
}

/** The same numbers at every run: 0 to 1, without any order. */
const noise = (n: number): number => ((n * 7919 + 104_729) % 1009) / 1009

const samples: Sample[] = []
beforeAll(async () => {
  for (let i = 0; i < 40; i++) {
    samples.push(
      await storeSample({
        metrics: {
          totalEvents: Math.round(noise(i) * 50),
          'testExecution.passRate': noise(i + 500) * 100,
          // Some sessions lack it, and all that have it agree.
          ...(i % 3 === 0 && { 'provenance.typed': 7 }),
        },
        question: i % 8 === 7 ? null : `question ${i % 3}`,
        status: i % 4 === 0 ? 'ABANDONED' : 'COMPLETED',
        startMs: FIRST_DAY_MS + i * (DAY_MS / 4),
      }),
    )
  }
})

const ask = (query: string, token?: string) =>
  world.call<StatisticsView & { error: { code: string; message: string } }>(
    server,
    'GET',
    `/v1/stats?${query}`,
    {
      ...(token !== undefined && { token }),
    },
  )
const answered = async (query: string, token?: string): Promise<StatisticsView> => {
  const { status, body } = await ask(query, token)
  expect([status, body.error]).toEqual([200, undefined])
  return body
}
async function list(query: string, token: string): Promise<ComparedSessionsView> {
  const { status, body } = await world.call<ComparedSessionsView>(
    server,
    'GET',
    `/v1/stats/sessions?${query}`,
    { token },
  )
  expect(status).toBe(200)
  return body
}
const tokenFor = (some: readonly Sample[]) =>
  world.token(
    'proctor',
    some.map(({ id }) => id),
  )

function percentile(sorted: readonly number[], p: number): number {
  const place = p * (sorted.length - 1)
  const below = sorted[Math.floor(place)] as number
  const above = sorted[Math.ceil(place)] as number
  return below + (above - below) * (place - Math.floor(place))
}

/** What the numbers of these sessions come to, computed the long way. */
function naive(some: readonly Sample[]) {
  const names = [...new Set(some.flatMap(({ metrics }) => Object.keys(metrics)))].sort()
  return Object.fromEntries(
    names.map((name) => {
      const values = some.flatMap(({ metrics }) => metrics[name] ?? []).sort((a, b) => a - b)
      const [min, max] = [values[0] as number, values.at(-1) as number]
      const quantiles = Object.fromEntries(
        [10, 25, 50, 75, 90].map((p) => [`p${p}`, percentile(values, p / 100)]),
      )
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length
      return [name, { count: values.length, mean, min, max, ...quantiles }]
    }),
  )
}

function expectMetrics(
  got: StatisticsView['metrics'] | Record<string, object>,
  some: readonly Sample[],
): void {
  const expected = naive(some)
  expect(Object.keys(got).sort()).toEqual(Object.keys(expected))
  for (const [name, numbers] of Object.entries(expected)) {
    const { histogram: _, ...distribution } = got[name] as Record<string, number | object>
    expect(Object.keys(distribution).sort()).toEqual(Object.keys(numbers).sort())
    for (const [key, value] of Object.entries(numbers))
      expect(distribution[key], `${name} ${key}`).toBeCloseTo(value as number, 6)
  }
}

describe('many sessions side by side', () => {
  test('mean, smallest, largest and percentiles are those of a plain computation', async () => {
    const body = await answered('', await tokenFor(samples))
    expect(body).toMatchObject({ analysisVersion: ANALYSIS_VERSION, sessionCount: 40, truncated: false })
    expectMetrics(body.metrics, samples)
  })

  test('of fewer than five, each one’s own numbers are there; of five and more, none', async () => {
    const few = samples.slice(0, 4)
    const { sessions } = await answered('', await tokenFor(few))
    const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1)
    expect(sessions?.sort(byId)).toEqual(few.map(({ id, metrics }) => ({ id, metrics })).sort(byId))
    const enough = await answered('', await tokenFor(samples.slice(0, 5)))
    expect(enough.sessionCount).toBe(5)
    expect(enough).not.toHaveProperty('sessions')
  })

  test('the bars of a histogram are of equal width and hold every session', async () => {
    const { metrics } = await answered('', await tokenFor(samples))
    for (const [name, { histogram, min, max, count }] of Object.entries(metrics)) {
      const values = samples.flatMap((sample) => sample.metrics[name] ?? [])
      expect([histogram[0]?.from, histogram.at(-1)?.to]).toEqual([min, max])
      expect(histogram.reduce((sum, bar) => sum + bar.count, 0)).toBe(count)
      expect(histogram).toHaveLength(min === max ? 1 : 10)
      for (const [i, { from, to, count: inBar }] of histogram.entries()) {
        const isLast = i === histogram.length - 1
        const inside = values.filter((value) => value >= from && (value < to || (isLast && value <= to)))
        expect(inBar, `${name} bar ${i}`).toBe(inside.length)
      }
    }
  })

  test('a bar’s sessions are as many as it says, those whose number lies in it, also page by page', async () => {
    const token = await tokenFor(samples)
    const { metrics } = await answered('', token)
    for (const [metric, { histogram }] of Object.entries(metrics)) {
      const listed: string[] = []
      for (const [i, { from, to, count }] of histogram.entries()) {
        const below = i === histogram.length - 1 ? '' : `&below=${to}`
        let cursor: string | null = ''
        const inBar: ComparedSessionsView['sessions'] = []
        while (cursor !== null) {
          const query = `metric=${metric}&atLeast=${from}${below}&limit=3${cursor && `&cursor=${cursor}`}`
          const page: ComparedSessionsView = await list(query, token)
          expect(page.count, `${metric} bar ${i}`).toBe(count)
          inBar.push(...page.sessions)
          cursor = page.nextCursor
        }
        const values = inBar.map(({ value }) => value)
        expect(values).toEqual([...values].sort((a, b) => a - b))
        for (const { id, value } of inBar)
          expect(samples.find((sample) => sample.id === id)?.metrics[metric]).toBe(value)
        listed.push(...inBar.map(({ id }) => id))
      }
      const having = samples.flatMap(({ id, metrics: own }) => (own[metric] === undefined ? [] : [id]))
      expect(listed.sort()).toEqual(having.sort())
    }
  })

  test('of a question, and only of sessions that the token opens; each that is listed is read', async () => {
    const mine = samples.slice(0, 12)
    const token = await world.token(
      'proctor',
      mine.map(({ id }) => id),
      'lister',
    )
    const { count, sessions } = await list('metric=totalEvents&question=question%201', token)
    const expected = mine.filter(({ question }) => question === 'question 1').map(({ id }) => id)
    expect(sessions.map(({ id }) => id).sort()).toEqual(expected.sort())
    expect(count).toBe(expected.length)
    const noted = await world.sql<{ id: string }[]>`
      select session_id as id from access_log where sub = 'lister' and action = 'read'`
    expect(noted.map(({ id }) => id).sort()).toEqual(expected)
  })

  test.each<[string, (sample: Sample) => boolean]>([
    ['question=question%201', ({ question }) => question === 'question 1'],
    ['status=ABANDONED', ({ status }) => status === 'ABANDONED'],
    [`fromMs=${FIRST_DAY_MS + DAY_MS}`, ({ startMs }) => startMs >= FIRST_DAY_MS + DAY_MS],
    [`toMs=${FIRST_DAY_MS + DAY_MS}`, ({ startMs }) => startMs <= FIRST_DAY_MS + DAY_MS],
    [
      `status=COMPLETED&question=question%202&fromMs=${FIRST_DAY_MS + 2 * DAY_MS}`,
      ({ status, question, startMs }) =>
        status === 'COMPLETED' && question === 'question 2' && startMs >= FIRST_DAY_MS + 2 * DAY_MS,
    ],
  ])('of those that %s', async (query, belongs) => {
    const some = samples.filter(belongs)
    const body = await answered(query, await tokenFor(samples))
    expect(some.length).toBeGreaterThan(2)
    expect(body.sessionCount).toBe(some.length)
    expectMetrics(body.metrics, some)
  })

  test('by question, the largest first', async () => {
    const { groups } = await answered('groupBy=question', await tokenFor(samples))
    const keys = [...new Set(samples.map(({ question }) => question))]
    expect(groups?.map(({ key }) => key).sort()).toEqual(keys.sort())
    const sizes = groups?.map(({ sessionCount }) => sessionCount) ?? []
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a))
    for (const group of groups ?? []) {
      const some = samples.filter(({ question }) => question === group.key)
      expect(group.sessionCount).toBe(some.length)
      expectMetrics(group.metrics, some)
    }
  })

  test('by day, the last first', async () => {
    const { groups } = await answered('groupBy=day', await tokenFor(samples))
    const dayOf = ({ startMs }: Sample) => new Date(startMs).toISOString().slice(0, 10)
    const days = [...new Set(samples.map(dayOf))].sort().reverse()
    expect(groups?.map(({ key }) => key)).toEqual(days)
    for (const group of groups ?? [])
      expectMetrics(
        group.metrics,
        samples.filter((s) => dayOf(s) === group.key),
      )
  })

  test('nothing to compare', async () => {
    const body = await answered('question=no%20such%00question', await tokenFor(samples))
    expect(body).toMatchObject({ sessionCount: 0, metrics: {} })
    expect(await answered('groupBy=day&status=ACTIVE', await tokenFor(samples))).toMatchObject({ groups: [] })
  })
})

test('where one session stands among the others', async () => {
  const session = await world.createSession(server)
  const events = Array.from({ length: 20 }, (_, i) => ({
    type: 'keystroke',
    timestamp: Date.now() + i,
    data: {},
  }))
  const posted = { source: 's', firstSeq: 1, events }
  await world.call(server, 'POST', `/v1/sessions/${session.id}/events`, { body: posted })
  const token = await world.token('proctor', [session.id, ...samples.map(({ id }) => id)])
  const { session: placed } = await answered(`sessionId=${session.id}`, token)
  const values = samples.map(({ metrics }) => metrics.totalEvents as number)
  const below =
    values.filter((value) => value < 20).length + values.filter((value) => value === 20).length / 2
  expect(placed?.id).toBe(session.id)
  expect(placed?.metrics.totalEvents?.value).toBe(20)
  expect(placed?.metrics.totalEvents?.percentile).toBeCloseTo((100 * below) / values.length, 9)

  const alone = await answered(`sessionId=${session.id}&question=none`, token)
  expect(alone.session?.metrics.totalEvents).toEqual({ value: 20, percentile: null })
})

describe('who sees what', () => {
  test('a proctor sees the numbers of his own sessions alone', async () => {
    const mine = samples.slice(3, 9)
    const body = await answered('', await tokenFor(mine))
    expect(body.sessionCount).toBe(mine.length)
    expectMetrics(body.metrics, mine)
    expect(await answered('', await world.token('proctor', []))).toMatchObject({
      sessionCount: 0,
      metrics: {},
    })
    expect((await answered('')).sessionCount).toBeGreaterThanOrEqual(samples.length)
  })

  test('a session that the token does not open is as one that is not there', async () => {
    const [mine, other] = samples as [Sample, Sample]
    const token = await tokenFor([mine])
    for (const id of [other.id, anId(), 'no id', '%00']) {
      const { status, body } = await ask(`sessionId=${id}`, token)
      expect([status, body.error.code]).toEqual([404, 'SESSION_NOT_FOUND'])
    }
    expect((await ask(`sessionId=${anId()}`)).body.error.code).toBe('SESSION_NOT_FOUND')
  })

  test('candidates see nothing', async () => {
    const { status, body } = await ask('', await world.token('candidate', samples[0]?.id))
    expect([status, body.error.code]).toEqual([403, 'ROLE_FORBIDDEN'])
  })
})

describe('what must not get in', () => {
  test('numbers of another version', async () => {
    const sample = {
      metrics: { totalEvents: 5 },
      question: 'version',
      status: 'COMPLETED',
      startMs: 0,
    } as const
    const older = await storeSample(sample, ANALYSIS_VERSION - 1)
    const newer = await storeSample(sample, ANALYSIS_VERSION + 1)
    expect(await answered('', await tokenFor([older, newer]))).toMatchObject({ sessionCount: 0 })
  })

  test('[I7] a number beyond all measure does not stop the statistics of the others', async () => {
    const sample = { question: 'huge', status: 'COMPLETED', startMs: 0 } as const
    const some = [
      await storeSample({ ...sample, metrics: { totalEvents: 1.7e308 } }),
      await storeSample({ ...sample, metrics: { totalEvents: 1.7e308 } }),
      await storeSample({ ...sample, metrics: { totalEvents: 1 } }),
    ]
    const { metrics } = await answered('', await tokenFor(some))
    expect(metrics.totalEvents).toMatchObject({ count: 3, min: 1, max: 1e15, p50: 1e15 })
  })

  test.each([
    'status=OPEN',
    'groupBy=candidate',
    'fromMs=x',
    'toMs=1e300',
    'question=',
    `question=${'x'.repeat(257)}`,
  ])('a query that makes no sense is told: %s', async (query) => {
    const { status, body } = await ask(query)
    expect([status, body.error.code]).toEqual([400, 'VALIDATION'])
  })
})

test('nothing unforeseen has happened', () => {
  expect(server.output()).not.toMatch(/"level":[456]0/)
})
