import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { connectRedis, redisReady } from '../../db/redis.js'
import { keysWith } from './redis-keys.js'
import type { World } from './world.js'

/**
 * Where any of the words stands in what a world keeps: `table.column`, Redis key or file name. Every column of every
 * table is searched as text, every Redis key under the world's prefix with all its values, every file of the archive
 * by name, as it is and unpacked.
 */
export async function tracesOf(world: World, words: readonly string[]): Promise<string[]> {
  const found = [
    ...(await tracesInTables(world, words)),
    ...(await tracesInRedis(world, words)),
    ...(await tracesInFiles(world, words)),
  ]
  return [...new Set(found)].sort()
}

async function tracesInTables({ sql }: World, words: readonly string[]): Promise<string[]> {
  const columns = await sql<{ table: string; column: string; type: string }[]>`
    select table_name as "table", column_name as "column", data_type as type from information_schema.columns
    where table_schema = 'public'`
  const found: string[] = []
  for (const { table, column, type } of columns) {
    const text = type === 'bytea' ? sql`encode(${sql(column)}, 'escape')` : sql`${sql(column)}::text`
    for (const word of words) {
      const rows = await sql`select 1 from ${sql(table)} where position(${word} in ${text}) > 0`
      for (const _ of rows) found.push(`${table}.${column}`)
    }
    if (type !== 'bytea') continue
    for (const { bytes } of await sql<
      { bytes: Buffer }[]
    >`select ${sql(column)} as bytes from ${sql(table)}`) {
      if (bytes !== null && holds(unpackedOf(bytes), words)) found.push(`${table}.${column}`)
    }
  }
  return found
}

async function tracesInRedis({ redisUrl, prefix }: World, words: readonly string[]): Promise<string[]> {
  const redis = connectRedis(redisUrl, 'test')
  const found: string[] = []
  try {
    await redisReady(redis, 5_000)
    for (const key of await keysWith(redis, prefix)) {
      const type = await redis.type(key)
      const value =
        type === 'hash'
          ? await redis.hgetall(key)
          : type === 'stream'
            ? await redis.xrange(key, '-', '+')
            : type === 'zset'
              ? await redis.zrange(key, '0', '-1')
              : type === 'set'
                ? await redis.smembers(key)
                : type === 'list'
                  ? await redis.lrange(key, 0, -1)
                  : await redis.get(key)
      if (words.some((word) => key.includes(word) || JSON.stringify(value).includes(word))) found.push(key)
    }
  } finally {
    redis.disconnect()
  }
  return found
}

async function tracesInFiles({ archiveUrl }: World, words: readonly string[]): Promise<string[]> {
  if (!archiveUrl.startsWith('file:')) return []
  const root = fileURLToPath(archiveUrl)
  const found: string[] = []
  for (const name of await readdir(root, { recursive: true })) {
    const bytes = await readFile(join(root, name)).catch(() => null)
    if (words.some((word) => name.includes(word)) || (bytes && holds(unpackedOf(bytes), words)))
      found.push(name)
  }
  return found
}

const holds = (bytes: Buffer, words: readonly string[]) => words.some((word) => bytes.includes(word))

function unpackedOf(bytes: Buffer): Buffer {
  try {
    return Buffer.concat([bytes, gunzipSync(bytes)])
  } catch {
    return bytes
  }
}
