/** One thing that is not as it was recorded. */
export interface Finding {
  what:
    | 'event'
    | 'segment'
    | 'object'
    | 'row'
    | 'link'
    | 'session'
    | 'signature'
    | 'redaction'
    | 'annotation'
    | 'receipt'
  how: 'changed' | 'removed' | 'added' | 'moved' | 'invalid'
  /** The seqs it is about, where it is about events. */
  fromSeq?: number
  toSeq?: number
  /** A sentence for people. It tells places, never contents. */
  text: string
}

export interface ShownRedaction {
  id: string
  atMs: number
  by: string
  /** Ranges of the events that it changed. */
  events: [fromSeq: number, toSeq: number][]
}

/**
 * - intact: everything is as it was recorded and signed
 * - redacted: the same, but for what signed records say was masked
 * - not signed: nothing was found, and nothing vouches for it (yet)
 * - changed: see the findings
 */
export type Outcome = 'intact' | 'redacted' | 'not signed' | 'changed'

export interface Verdict {
  /** What was looked at: a place, or a session's id. */
  of: string
  sessionId: string | null
  outcome: Outcome
  findings: Finding[]
  redactions: ShownRedaction[]
  /** Why not all of it is signed, in sentences. */
  unsigned: string[]
  events: number
  /** Of the chain, hex; null where there is none. */
  head: string | null
  keyId: string | null
  signedAtMs: number | null
  /** Of what was checked beside it, for people. */
  checked: string[]
}

/** A verdict in the making. */
export class Report {
  readonly findings: Finding[] = []
  readonly redactions: ShownRedaction[] = []
  readonly unsigned: string[] = []
  readonly checked: string[] = []
  sessionId: string | null = null
  events = 0
  head: string | null = null
  keyId: string | null = null
  signedAtMs: number | null = null

  constructor(readonly of: string) {}

  add(finding: Finding): void {
    this.findings.push(finding)
  }

  verdict(): Verdict {
    const { of, sessionId, findings, redactions, unsigned, events, head, keyId, signedAtMs, checked } = this
    const outcome =
      findings.length > 0
        ? 'changed'
        : unsigned.length > 0
          ? 'not signed'
          : redactions.some((one) => one.events.length > 0)
            ? 'redacted'
            : 'intact'
    return {
      of,
      sessionId,
      outcome,
      findings,
      redactions,
      unsigned,
      events,
      head,
      keyId,
      signedAtMs,
      checked,
    }
  }
}

/** `event 7` or `events 7–9`. */
export const eventsText = (fromSeq: number, toSeq: number): string =>
  fromSeq === toSeq ? `event ${fromSeq}` : `events ${fromSeq}–${toSeq}`
