const PROTOCOLS = ['postgres:', 'postgresql:']
const POOLER = 'pooler'

/** What DATABASE_URL says of the way to PostgreSQL. */
export interface DatabaseAddress {
  /** For the driver: without what it would take for a setting of PostgreSQL. */
  url: string
  /**
   * A pooler in front (PgBouncer, pool_mode = transaction) gives a connection to somebody else after each transaction:
   * nothing may rely on what an earlier one has left there.
   */
  isPooled: boolean
}

/** Whether it is `postgres://…`, with `pooler=transaction` in its query or no `pooler` there. */
export const isDatabaseUrl = (text: string): boolean => {
  if (!URL.canParse(text)) return false
  const { protocol, searchParams } = new URL(text)
  return PROTOCOLS.includes(protocol) && searchParams.getAll(POOLER).every((mode) => mode === 'transaction')
}

/** Reads what {@link isDatabaseUrl} accepts. */
export function readDatabaseUrl(text: string): DatabaseAddress {
  const url = new URL(text)
  const isPooled = url.searchParams.has(POOLER)
  // As it was given where nothing is taken out of it.
  if (!isPooled) return { url: text, isPooled }
  url.searchParams.delete(POOLER)
  return { url: url.href, isPooled }
}
