import { EXPORT_FORMATS } from '../../protocol/http/index.js'
import { anId } from './stores.js'

/** How to call a route rightly, and how wrongly. */
export interface RouteEntry {
  /** What stands in the path besides `:id`. */
  params?: Record<string, string>
  query?: string
  body?: unknown
  headers?: Record<string, string>
  /** What good input is answered with. */
  statuses: number[]
  /** A call changes what the next one would find, so each gets a session of its own. */
  alone?: true
  /** A note is made first; its id stands for `:annotationId`. */
  needsAnnotation?: true
  badParams?: Record<string, string>[]
  badQueries?: string[]
  /** Beside those that are bad for every route. */
  badBodies?: unknown[]
}

const key = () => ({ 'idempotency-key': anId() })
const event = (data: unknown = 1) => ({ type: 'custom:x', timestamp: Date.now(), data })
const BAD_PAGES = ['afterSeq=-1', 'afterSeq=x', 'afterSeq=0.5', 'limit=0', 'limit=1e9', 'limit=', 'limit=x']
const BAD_MOMENTS = ['x', 'NaN', '1e300', '-1e300']
const with_ = (name: string, values: string[]) => values.map((value) => `${name}=${value}`)

/** Every route of the API. A new one fails the test until it is here. */
export const ROUTE_ENTRIES: Record<string, RouteEntry> = {
  'GET /healthz': { statuses: [200] },
  'GET /readyz': { statuses: [200] },
  'GET /.well-known/recorder-keys.json': { statuses: [200] },
  'POST /v1/sessions': {
    get body() {
      return { candidateId: anId(), question: { title: 'T' }, timeLimit: 60, metadata: [1] }
    },
    statuses: [201],
    badBodies: [
      {},
      { candidateId: '' },
      { candidateId: 7 },
      { candidateId: 'c'.repeat(257) },
      { candidateId: 'c', timeLimit: -1 },
      { candidateId: 'c', timeLimit: 1e9 },
      { candidateId: 'c', keystrokeSampling: 0 },
      { candidateId: 'c', keystrokeSampling: 1001 },
    ],
  },
  'GET /v1/sessions': {
    query: 'status=ACTIVE&limit=2',
    statuses: [200],
    badQueries: [
      'status=OPEN',
      'limit=0',
      'limit=501',
      'limit=x',
      'candidateId=',
      'cursor=x',
      `cursor=${'x'.repeat(300)}`,
    ], // prettier-ignore
  },
  'GET /v1/sessions/{id}': { statuses: [200] },
  'GET /v1/sessions/{id}/receipt': { statuses: [200] },
  'DELETE /v1/sessions/{id}': { statuses: [200, 202], alone: true },
  'POST /v1/sessions/{id}/events': {
    get headers() {
      return key()
    },
    body: { events: [event()] },
    statuses: [202],
    badQueries: ['wait=', 'wait=always'],
    badBodies: [
      {},
      { events: {} },
      { events: [] },
      { events: new Array(501).fill(event()) },
      { events: [event()], source: 'a b', firstSeq: 1 },
      { events: [event()], source: 's', firstSeq: 0 },
      { events: [event()], source: 'another', firstSeq: 9 },
      { events: [event()], source: 's', firstSeq: '1' },
    ],
  },
  'POST /v1/sessions/{id}/claude-interactions': {
    get headers() {
      return key()
    },
    body: { role: 'user', content: 'How?' },
    statuses: [202],
    badQueries: ['wait=always'],
    badBodies: [{}, { role: 'robot', content: '' }, { role: 'user', content: 1 }],
  },
  'POST /v1/sessions/{id}/code-snapshots': {
    get headers() {
      return key()
    },
    body: { fileName: 'a.ts', content: 'x', fileId: 'a.ts', language: 'typescript' },
    statuses: [202],
    badBodies: [{}, { fileName: 'a' }, { fileName: 'a', content: '', fileId: 1 }],
  },
  'POST /v1/sessions/{id}/test-results': {
    get headers() {
      return key()
    },
    body: { testName: 't', passed: true, duration: 5 },
    statuses: [202],
    badBodies: [{}, { testName: 't', passed: 'yes' }, { testName: 't', passed: true, timestamp: 'now' }],
  },
  'POST /v1/sessions/{id}/chat': {
    get headers() {
      return key()
    },
    body: { message: 'How?' },
    // Without an API key there is no chat.
    statuses: [501],
    badBodies: [
      {},
      { message: 1 },
      { message: ' ' },
      { message: 'x'.repeat(32_001) },
      { message: 'x', stream: 1 },
    ],
  },
  'POST /v1/sessions/{id}/close': {
    body: { status: 'COMPLETED', finalCode: 'x', scores: { all: 1 } },
    statuses: [200, 202],
    alone: true,
    badBodies: [{ status: 'ACTIVE' }, { status: 1 }],
  },
  'POST /v1/sessions/{id}/token': {
    body: { role: 'proctor', sub: 'p', expiresInSec: 60 },
    statuses: [200],
    badBodies: [{ role: 'service' }, { sub: '' }, { sub: 'a\0' }, { expiresInSec: 0 }, { expiresInSec: 1e9 }], // prettier-ignore
  },
  'GET /v1/sessions/{id}/events': {
    query: 'afterSeq=0&limit=3&types=custom:x&fromMs=0&toMs=9000000000000',
    statuses: [200],
    badQueries: [...BAD_PAGES, ...with_('fromMs', BAD_MOMENTS), ...with_('toMs', BAD_MOMENTS)],
  },
  'GET /v1/sessions/{id}/claude-interactions': { query: 'limit=5', statuses: [200], badQueries: BAD_PAGES },
  'GET /v1/sessions/{id}/code-snapshots': { query: 'limit=5', statuses: [200], badQueries: BAD_PAGES },
  'GET /v1/sessions/{id}/test-results': { query: 'limit=5', statuses: [200], badQueries: BAD_PAGES },
  'PATCH /v1/sessions/{id}/claude-interactions/{seq}': {
    params: { seq: '2' },
    body: { promptQuality: 4 },
    statuses: [200],
    badParams: [{ seq: '0' }, { seq: 'x' }, { seq: '-1' }, { seq: '1e300' }, { seq: '1' }, { seq: '999999' }],
    badBodies: [
      {},
      { promptQuality: 0 },
      { promptQuality: 6 },
      { promptQuality: '4' },
      { promptQuality: 2.5 },
    ],
  },
  'GET /v1/sessions/{id}/state': { query: 'atMs=0', statuses: [200], badQueries: with_('atMs', BAD_MOMENTS) },
  'GET /v1/sessions/{id}/overview': { statuses: [200] },
  'GET /v1/sessions/{id}/keyframe': { statuses: [200] },
  // None of a session that goes on: tests/reads/player-routes.service.test.ts reads those of one that is archived.
  'GET /v1/sessions/{id}/keyframes': { statuses: [404] },
  // None of a session that goes on: tests/exports/player-folder.service.test.ts reads those of one that is archived.
  'GET /v1/sessions/{id}/archive/{object}': {
    params: { object: 'metadata.json' },
    statuses: [404],
    badParams: [{ object: 'x' }, { object: '..' }, { object: 'events.json' }],
  },
  'GET /v1/sessions/{id}/timeline': {
    query: 'buckets=10',
    statuses: [200],
    badQueries: with_('buckets', ['0', '-1', 'x', '1e9', '1.5']),
  },
  'GET /v1/sessions/{id}/segments/{n}': {
    params: { n: '0' },
    statuses: [200],
    badParams: [{ n: 'x' }, { n: '-1' }, { n: '999999' }, { n: '1e300' }, { n: '0.5' }],
  },
  'GET /v1/sessions/{id}/stats': {
    query: 'recompute=true',
    statuses: [200],
    badQueries: ['recompute=maybe'],
  },
  'GET /v1/sessions/{id}/stats/explain': {
    query: 'metric=terminalActivity.totalCommands&limit=2',
    statuses: [200],
    badQueries: [
      '',
      'metric=',
      'metric=nonsense',
      'metric=__proto__',
      'metric=constructor',
      'metric=provenance.files.typed',
      'metric=provenance.files.typed&filePath=',
      `metric=provenance.files.typed&filePath=${'x'.repeat(801)}`,
      'metric=provenance.typed&filePath=a.ts',
      ...BAD_PAGES,
    ],
  },
  'GET /v1/sessions/{id}/stats/series': {
    query: 'buckets=20',
    statuses: [200],
    badQueries: ['buckets=0', 'buckets=5001', 'buckets=x'],
  },
  'GET /v1/stats/sessions': {
    query: 'metric=totalEvents&atLeast=1&below=1e9&limit=2',
    statuses: [200],
    badQueries: [
      '',
      'metric=nonsense',
      'metric=__proto__',
      'metric=provenance.files.typed',
      'metric=totalEvents&atLeast=x',
      'metric=totalEvents&below=Infinity',
      'metric=totalEvents&cursor=x',
      'metric=totalEvents&limit=0',
      'metric=totalEvents&limit=201',
    ],
  },
  'GET /v1/stats': {
    query: 'groupBy=question&status=ACTIVE&fromMs=0',
    statuses: [200],
    badQueries: ['groupBy=mood', 'status=OPEN', 'question=', ...with_('fromMs', BAD_MOMENTS), 'sessionId=x'],
  },
  ...Object.fromEntries(
    EXPORT_FORMATS.map((format): [string, RouteEntry] => [
      `GET /v1/sessions/{id}/export/{format} as ${format}`,
      {
        params: { format },
        statuses: [200],
        badParams: [{ format: 'pdf' }, { format: '__proto__' }, { format: '..%2f' }],
        badQueries: ['afterSeq=-1', 'author=', 'author=a%00'],
      },
    ]),
  ),
  'GET /v1/sessions/{id}/annotations': {
    query: 'history=true&limit=2',
    statuses: [200],
    badQueries: ['history=yes', 'after=x', 'after=-1', 'limit=0', 'limit=x'],
  },
  'POST /v1/sessions/{id}/annotations': {
    get headers() {
      return key()
    },
    body: { kind: 'note', text: 'Good.', atMs: 1_700_000_000_000, targetSeq: 1 },
    statuses: [201],
    badBodies: [
      {},
      { kind: 'praise', text: 'x' },
      { kind: 'note', text: '' },
      { kind: 'note', text: 'x'.repeat(4001) },
      { kind: 'note', text: 'a\0' },
      { kind: 'note', text: 'x', atMs: 1e300 },
      { kind: 'note', text: 'x', targetSeq: 0 },
    ],
  },
  'PATCH /v1/sessions/{id}/annotations/{annotationId}': {
    needsAnnotation: true,
    body: { text: 'Better.' },
    statuses: [200],
    badParams: [
      { annotationId: 'x' },
      { annotationId: '0' },
      { annotationId: '9'.repeat(30) },
      { annotationId: '999999' },
    ],
    badBodies: [{}, { text: '' }, { kind: 'rating' }],
  },
  'DELETE /v1/sessions/{id}/annotations/{annotationId}': {
    needsAnnotation: true,
    statuses: [200],
    badParams: [
      { annotationId: 'x' },
      { annotationId: '0' },
      { annotationId: '9'.repeat(30) },
      { annotationId: '999999' },
    ],
  },
  'GET /v1/sessions/{id}/redactions': {
    query: 'limit=5',
    statuses: [200],
    badQueries: ['afterId=x', 'afterId=-1', 'limit=0', 'limit=x'],
  },
  'POST /v1/sessions/{id}/redactions': {
    body: { text: 'a secret that stands nowhere', reason: 'a password' },
    statuses: [200, 201],
    alone: true,
    badBodies: [
      {},
      { text: 'x', reason: 'r' },
      { text: 'a secret' },
      { text: 'a secret', reason: '' },
      { text: 'a secret', fromSeq: 1, toSeq: 2, reason: 'r' },
      { fromSeq: 2, toSeq: 1, reason: 'r' },
      { fromSeq: 0, toSeq: 1, reason: 'r' },
    ],
  },
  'GET /v1/quarantine': {
    query: 'state=set%20aside&limit=1&afterId=0',
    statuses: [200],
    badQueries: ['state=gone', 'limit=0', 'limit=1001', 'afterId=-1', 'afterId=x'],
  },
  'GET /v1/sessions/{id}/quarantine': {
    query: 'limit=1&afterId=0',
    statuses: [200],
    badQueries: ['state=gone', 'limit=0', 'limit=x', 'afterId=-1', 'afterId=1e300'],
  },
  // Nothing of this session was refused: tests/path/quarantine.service.test.ts replays what was.
  'POST /v1/sessions/{id}/quarantine/{seq}/replay': {
    params: { seq: '1' },
    statuses: [404],
    badParams: [{ seq: '0' }, { seq: 'x' }, { seq: '-1' }, { seq: '1e300' }, { seq: '999999' }],
  },
  'GET /v1/sessions/{id}/access-log': {
    query: 'limit=1&afterId=0',
    statuses: [200],
    badQueries: ['limit=0', 'limit=1001', 'limit=x', 'afterId=-1', 'afterId=x', 'afterId=1e300'],
  },
}
