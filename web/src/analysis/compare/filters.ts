/** What /analysis compares; the address holds it, so that a colleague opens the same view. */
export interface Filters {
  question: string | null
  /** Days of the viewer's calendar, `YYYY-MM-DD`, both included. */
  from: string | null
  to: string | null
  /** The session that is marked. */
  session: string | null
}

const DAY = /^\d{4}-\d{2}-\d{2}$/

/** The filters that an address's query (`?question=…`) names; what makes no sense is left out. */
export function readFilters(search: string): Filters {
  const query = new URLSearchParams(search)
  const text = (name: string) => query.get(name) || null
  const day = (name: string) => (DAY.test(query.get(name) ?? '') ? query.get(name) : null)
  return { question: text('question'), from: day('from'), to: day('to'), session: text('session') }
}

/** The address of the view with these filters. */
export function pathOfComparison(filters: Partial<Filters>): string {
  const query = new URLSearchParams()
  for (const name of ['question', 'from', 'to', 'session'] as const) {
    const value = filters[name]
    if (value) query.set(name, value)
  }
  const text = query.toString()
  return text === '' ? '/analysis' : `/analysis?${text}`
}

/** The first and the last millisecond that the days of the filters mean, in the viewer's time zone. */
export function boundsOf({ from, to }: Pick<Filters, 'from' | 'to'>): { fromMs?: number; toMs?: number } {
  const fromMs = from === null ? Number.NaN : new Date(`${from}T00:00:00`).getTime()
  const toMs = to === null ? Number.NaN : new Date(`${to}T23:59:59.999`).getTime()
  return {
    ...(!Number.isNaN(fromMs) && { fromMs }),
    ...(!Number.isNaN(toMs) && { toMs }),
  }
}
