import net from 'node:net'
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import { type DatabaseAddress, readDatabaseUrl } from './database-url.js'
import * as tables from './schema/tables.js'
import { TransactionClients } from './transactions.js'

export type Sql = postgres.Sql
export type Tx = postgres.TransactionSql

/**
 * Clients of one database. `sql` is bare, for single statements; `orm` is drizzle's, which changes the parsers and
 * serializers of the client it is given, so the two must never share one; `transact` runs a transaction on a bare
 * connection of its own (transactions.ts). INVARIANT: nobody uses `sql.begin`.
 */
export interface Database {
  sql: Sql
  transact<T>(act: (tx: Tx) => Promise<T>): Promise<T>
  orm: PostgresJsDatabase<typeof tables>
  close(): Promise<void>
}

export interface DatabaseOptions {
  url: string
  applicationName: string
  /** In all, 6 at least: a third each for single statements, transactions and the orm. */
  maxConnections?: number
  /** A connection without a byte either way for so long is given up: more than any of our statements takes. */
  silentAfterMs?: number
}

/** Above `idle_timeout`, so that it never meets a connection that nobody uses. */
const SILENT_AFTER_MS = 90_000

export function openDatabase(options: DatabaseOptions): Database {
  // A redaction reads by one connection while it asks by another.
  const max = Math.max(2, Math.floor((options.maxConnections ?? MAX_CONNECTIONS) / 3))
  const address = readDatabaseUrl(options.url)
  const connect = (connections: number) => postgres(address.url, clientOptions(options, address, connections))
  const sql = connect(max)
  const ormClient = connect(max)
  const transactions = new TransactionClients(() => connect(1), max)
  const inTransaction = address.isPooled ? boundedTransaction : unchanged
  return {
    sql,
    transact: (act) => transactions.run(inTransaction(act)),
    orm: drizzle(ormClient, { schema: tables }),
    close: async () => {
      await Promise.all([sql.end({ timeout: 5 }), ormClient.end({ timeout: 5 }), transactions.close(5)])
    },
  }
}

const MAX_CONNECTIONS = 24

const IDLE_IN_TRANSACTION_MS = 15_000
const LOCK_TIMEOUT_MS = 20_000

function clientOptions(
  options: DatabaseOptions,
  { isPooled }: DatabaseAddress,
  max: number,
): postgres.Options<Record<string, postgres.PostgresType>> {
  return {
    max,
    idle_timeout: 60,
    connect_timeout: 5,
    // A query waits for the next try to connect, so that must never be far off.
    backoff: (retries: number) => Math.min(0.05 * 2 ** retries, 1),
    onnotice: () => {},
    // The driver's own look at the array types ends the process with an unhandled rejection where the connection is
    // lost in the middle of it.
    fetch_types: false,
    types: ARRAY_TYPES,
    // A prepared statement stays on the connection that prepared it, which the next transaction may not get.
    prepare: !isPooled,
    ...ownSocket(options.silentAfterMs ?? SILENT_AFTER_MS),
    connection: {
      application_name: options.applicationName,
      // A process frozen inside a transaction holds the locks of its sessions; this bounds how long [I7]. A pooler takes
      // no such settings when it is connected to.
      ...(isPooled
        ? {}
        : {
            idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
            lock_timeout: LOCK_TIMEOUT_MS,
          }),
    },
  } as postgres.Options<Record<string, postgres.PostgresType>>
}

type Act<T> = (tx: Tx) => Promise<T>

const unchanged = <T>(act: Act<T>): Act<T> => act

/** With the bounds that other connections have from their start, for as long as the transaction lasts. */
const boundedTransaction =
  <T>(act: Act<T>): Act<T> =>
  async (tx) => {
    await tx.unsafe(
      `set local idle_in_transaction_session_timeout = ${IDLE_IN_TRANSACTION_MS}; set local lock_timeout = ${LOCK_TIMEOUT_MS}`,
    )
    return act(tx)
  }

/** Lists as parameters, of the types that our queries name: int, bigint, text, uuid. */
const ARRAY_TYPES = Object.fromEntries(
  [1007, 1016, 1009, 2951].map((oid) => [
    `array${oid}`,
    { to: oid, from: [], serialize: toArrayLiteral, parse: (text: string) => text },
  ]),
)

function toArrayLiteral(values: unknown[]): string {
  const elements = values.map((value) => `"${String(value).replace(/["\\]/g, '\\$&')}"`)
  return `{${elements.join(',')}}`
}

/**
 * postgres.js opens TCP sockets without TCP_NODELAY, which stalls COPY for 40 ms at each partly filled packet.
 * Its `socket` option (absent from its types) lets us open them; a Unix socket needs no such care. The socket is
 * handed over while it still connects: of one that fails before, the driver never hears the end, and each such
 * failure would take a connection out of the pool for good.
 *
 * Nor does it ever give up an answer. Of a host that has vanished the system tells after a quarter of an hour, and the
 * shard whose flush waits for it would not be flushed by anybody all that time [I5].
 */
function ownSocket(silentAfterMs: number): object {
  return {
    socket: ({ host, port, path }: { host: string[]; port: number[]; path: string | false }) => {
      const address = { host: host[0] ?? 'localhost', port: port[0] ?? 5432 }
      // As an option of `connect` it is taken by net.connect alone, and not by a socket that is there already.
      const socket = new DriverSocket().setTimeout(silentAfterMs).setNoDelay(true)
      if (path) socket.connect(path)
      else socket.connect(address)
      return Object.assign(socket, address)
    },
  }
}

/**
 * What the driver needs of a socket. It ends where its timeout comes; not by a listener, since for TLS the driver takes
 * all of them off. And that a connection which served breaks is told with its close alone: the driver hands what is asked
 * between 'error' and 'close' to the connection that is gone. It never has an answer, and its place in the pool is lost.
 */
class DriverSocket extends net.Socket {
  override emit(event: string, ...args: unknown[]): boolean {
    if (event === 'timeout') this.destroy(Object.assign(new Error('No answer.'), { code: 'ETIMEDOUT' }))
    const hasServed = this.bytesRead > 0
    if (event === 'error' && hasServed) return true
    return event === 'close' && hasServed ? super.emit(event, false) : super.emit(event, ...args)
  }
}
