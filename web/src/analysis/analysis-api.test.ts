import { afterEach, expect, test, vi } from 'vitest'
import type { AnnotationView } from '../../../protocol/http/index.js'
import type { Backend } from '../data/backend.js'
import { loadSessionAnalysis } from './analysis-api.js'
import { computedOf, edit } from './test-support/computed.js'

const SESSION = '00000000-0000-4000-8000-000000000001'
const computed = computedOf([edit(0, 'a')])

afterEach(() => void vi.unstubAllGlobals())

/** Reads an analysis from a service that answers so; its annotations come as told. */
function loaded(status: 'ACTIVE' | 'COMPLETED', read: () => Promise<AnnotationView[]>) {
  const row = { id: SESSION, candidateId: 'c', question: null, status, startTime: 0 }
  const answers: Record<string, object> = {
    '': row,
    '/stats': computed.stats,
    '/timeline': computed.timeline,
    '/stats/series': computed.series,
  }
  vi.stubGlobal('fetch', async (address: string) => {
    const answer = answers[new URL(address).pathname.slice(`/v1/sessions/${SESSION}`.length)]
    return answer === undefined ? new Response('', { status: 404 }) : Response.json(answer)
  })
  const annotations = vi.fn(read)
  const backend = { url: 'http://service', token: 't', api: { annotations } } as unknown as Backend
  return { annotations, data: loadSessionAnalysis(backend, SESSION) }
}

const note = (kind: 'note' | 'flag', source: number | null) => ({ kind, source, atMs: 1, text: 'x' })

test('what was flagged after the close is read with the figures', async () => {
  const all = [note('flag', null), note('flag', 2), note('note', null)] as AnnotationView[]
  const { laterFlags } = await loaded('COMPLETED', async () => all).data
  expect(laterFlags).toEqual([all[0]])
})

test('the figures are there where the flags can’t be read, and that is told from none', async () => {
  const data = await loaded('COMPLETED', () => Promise.reject(new Error('Out of order.'))).data
  expect(data.laterFlags).toBeNull()
  expect(data.stats.totalEvents).toBe(1)
})

test('of a live session there are none to be read', async () => {
  const { annotations, data } = loaded('ACTIVE', () => Promise.reject(new Error('Out of order.')))
  expect((await data).laterFlags).toEqual([])
  expect(annotations).not.toHaveBeenCalled()
})
