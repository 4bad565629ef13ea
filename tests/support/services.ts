/** The throwaway services that `npm test` starts and names in the environment. */
export interface TestServices {
  /** A superuser's URL of the database `postgres`. */
  databaseUrl: string
  redisUrl: string
}

export function testServices(): TestServices {
  const { TEST_DATABASE_URL, TEST_REDIS_URL } = process.env
  if (!TEST_DATABASE_URL || !TEST_REDIS_URL) {
    throw new Error('TEST_DATABASE_URL and TEST_REDIS_URL are not set: run the tests through `npm test`.')
  }
  return { databaseUrl: TEST_DATABASE_URL, redisUrl: TEST_REDIS_URL }
}

/** The redis-server binary, for those who kill one of their own. */
export const redisServer = (): string => process.env.TEST_REDIS_SERVER ?? 'redis-server'

export function databaseUrl(name: string): string {
  const url = new URL(testServices().databaseUrl)
  url.pathname = `/${name}`
  return url.href
}
