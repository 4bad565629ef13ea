import postgres from 'postgres'

/**
 * Connections for transactions: clients of one connection each, thrown away with their first error.
 *
 * The driver brings a lost connection back to life as the same object. A transaction that waits on it, for the end
 * of a COPY say, is then woken by the answer to somebody else's query and goes on outside of any transaction, or
 * inside another's: watermarks move without the events, which are lost then [I1]. A client that is ended takes
 * no more queries, whoever wakes up.
 */
export class TransactionClients {
  private readonly all = new Set<postgres.Sql>()
  private readonly idle: postgres.Sql[] = []
  private readonly waiting: (() => void)[] = []
  private running = 0

  /** @param connect makes a client of one connection */
  constructor(
    private readonly connect: () => postgres.Sql,
    private readonly max: number,
  ) {}

  /** Runs `act` in a transaction and commits it. Throws what `act` or the driver throws; it may have been committed. */
  async run<T>(act: (tx: postgres.TransactionSql) => Promise<T>): Promise<T> {
    await this.turn()
    const client = this.take()
    try {
      const result = await runOn(client, act)
      this.idle.push(client)
      return result
    } catch (error) {
      this.all.delete(client)
      client.end({ timeout: 0 }).catch(() => {})
      throw error
    } finally {
      this.running--
      this.waiting.shift()?.()
    }
  }

  async close(timeoutSec: number): Promise<void> {
    await Promise.all([...this.all].map((client) => client.end({ timeout: timeoutSec })))
  }

  private async turn(): Promise<void> {
    while (this.running >= this.max) await new Promise<void>((resolve) => this.waiting.push(resolve))
    this.running++
  }

  private take(): postgres.Sql {
    const idle = this.idle.pop()
    if (idle !== undefined) return idle
    const client = this.connect()
    this.all.add(client)
    return client
  }
}

/**
 * Where the connection is lost, the driver is not told that `act` has failed: it would send a ROLLBACK into a socket
 * that is gone, which ends the process with an uncaught TypeError.
 */
function runOn<T>(client: postgres.Sql, act: (tx: postgres.TransactionSql) => Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const guarded = (tx: postgres.TransactionSql) =>
      act(tx).catch((error: unknown) => {
        if (isAnswer(error)) throw error
        reject(error)
        return new Promise<never>(() => {})
      })
    client.begin(guarded).then((result) => resolve(result as T), reject)
  })
}

/** Whether an error came over a connection that lives: PostgreSQL's own, short of those with which it hangs up. */
const isAnswer = (error: unknown): boolean =>
  error instanceof postgres.PostgresError && error.severity_local !== 'FATAL' && error.severity !== 'FATAL'
