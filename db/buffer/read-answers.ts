import type { AppendResult, BufferedBatch, BufferMeta } from './records.js'

// What Redis answers, as the records that the rest of the code knows.

/** The sources that a session's fields know, by number, with what tells them apart (sessions.ts, identityOf). */
export function sourcesOf({ fields }: BufferMeta): Map<number, string> {
  const sources = new Map<number, string>()
  for (const [field, value] of Object.entries(fields)) {
    const source = /^n(\d+)$/.exec(field)?.[1]
    if (source !== undefined) sources.set(Number(source), value)
  }
  return sources
}

/** One batch's answer of the append script. */
export function readAnswer(answer: [string, ...number[]]): AppendResult {
  const [kind, a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0] = answer
  if (kind === 'ok') {
    return {
      kind,
      receivedSeq: a,
      committedSeq: b,
      firstSessionSeq: c,
      skipped: d,
      watchedUntilMs: e,
      backlogEvents: f,
      late: g === 1,
    }
  }
  if (kind === 'gap') return { kind, expectedSeq: a }
  if (kind === 'epoch') return { kind, epoch: a }
  return { kind } as AppendResult
}

/** What {@link readMeta} looks at, but for the leases of connections. */
export const HEAD_FIELDS =
  'epoch run head committed bytes lastEventMs sealedMs graceUntilMs watchedUntilMs'.split(' ')

/** Null where the buffer does not know the session. */
export function readMeta(fields: Record<string, string>): BufferMeta | null {
  if (fields.epoch === undefined) return null
  const optional = (name: string) => (fields[name] === undefined ? null : Number(fields[name]))
  return {
    epoch: Number(fields.epoch),
    runId: fields.run ?? '',
    headSeq: Number(fields.head),
    committedSeq: Number(fields.committed),
    bytes: Number(fields.bytes ?? 0),
    lastEventMs: optional('lastEventMs'),
    sealedMs: optional('sealedMs'),
    graceUntilMs: optional('graceUntilMs'),
    watchedUntilMs: Number(fields.watchedUntilMs ?? 0),
    onlineUntilMs: Object.keys(fields).reduce(
      (last, name) => (name.startsWith('o:') ? Math.max(last, Number(fields[name])) : last),
      0,
    ),
    fields,
  }
}

export function readBatch([id, fields]: [string, string[]]): BufferedBatch {
  const f: Record<string, string> = {}
  for (let i = 0; i + 1 < fields.length; i += 2) f[fields[i] as string] = fields[i + 1] as string
  const lines = (f.p ?? '').split('\n')
  const skip = Number(f.k ?? 0)
  return {
    firstSeq: Number(id.slice(id.indexOf('-') + 1)),
    source: Number(f.s),
    firstSourceSeq: Number(f.q),
    count: Number(f.n),
    receivedAtMs: Number(f.r),
    late: f.l === '1',
    version: Number(f.v),
    lines: skip > 0 ? lines.slice(skip) : lines,
    bytes: Buffer.byteLength(f.p ?? ''),
  }
}
