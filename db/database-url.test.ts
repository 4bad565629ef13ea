import { describe, expect, test } from 'vitest'
import { isDatabaseUrl, readDatabaseUrl } from './database-url.js'

describe('DATABASE_URL', () => {
  test.each([
    'postgres://u:p@db:5432/recorder',
    'postgresql://db/recorder?sslmode=require',
    'postgres://u:p@pooler:6432/recorder?pooler=transaction',
  ])('%s is one', (url) => {
    expect(isDatabaseUrl(url)).toBe(true)
  })

  test.each(['', 'db:5432', 'mysql://db/x', 'postgres://db/x?pooler=session', 'postgres://db/x?pooler='])(
    '%j is none',
    (url) => {
      expect(isDatabaseUrl(url)).toBe(false)
    },
  )

  test('what it says of a pooler is not passed on', () => {
    const direct = 'postgres://u:p%20q@db:5432/recorder?sslmode=require'
    expect(readDatabaseUrl(direct)).toEqual({ url: direct, isPooled: false })
    expect(readDatabaseUrl(`${direct}&pooler=transaction`)).toEqual({ url: direct, isPooled: true })
  })
})
