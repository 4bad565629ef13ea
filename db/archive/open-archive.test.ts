import { describe, expect, test } from 'vitest'
import { openArchive, parseArchiveUrl } from './open-archive.js'

describe('ARCHIVE_URL', () => {
  test('names a directory', () => {
    expect(parseArchiveUrl('file:///var/lib/my%20archive', {})).toEqual({
      kind: 'directory',
      path: '/var/lib/my archive',
    })
    expect(openArchive('file:///var/lib/archive').describe()).toBe('directory /var/lib/archive')
  })

  test('names a bucket, a prefix, an endpoint and a region, all but the first of which may be absent', () => {
    expect(parseArchiveUrl('s3://bucket/a/b/?endpoint=http://127.0.0.1:9000&region=eu-west-1', {})).toEqual({
      kind: 's3',
      bucket: 'bucket',
      prefix: 'a/b',
      region: 'eu-west-1',
      endpoint: 'http://127.0.0.1:9000',
    })
    expect(parseArchiveUrl('s3://my.bucket', { AWS_REGION: 'eu-north-1' })).toEqual({
      kind: 's3',
      bucket: 'my.bucket',
      prefix: '',
      region: 'eu-north-1',
    })
    expect(parseArchiveUrl('s3://bucket/', {})).toMatchObject({ prefix: '', region: 'us-east-1' })
    expect(openArchive('s3://bucket/p?endpoint=http://127.0.0.1:1').describe()).toBe(
      'S3 bucket bucket, prefix p, at http://127.0.0.1:1',
    )
  })

  test.each([
    '',
    'archive',
    '/var/lib/archive',
    'http://bucket/prefix',
    'file://archive/relative',
    'file:///',
    'file:///a?b=c',
    'file:///a%2Fb',
    's3://',
    's3:///prefix',
    's3://bucket?endpoint=127.0.0.1:9000',
    's3://bucket?endpoint=ftp://127.0.0.1',
    's3://bucket?endpont=http://127.0.0.1:9000',
    's3://bucket/a/../../b%2f..%2f..',
    's3://bucket/%E0%A4%A',
  ])('refuses %j and says what is expected', (url) => {
    expect(() => parseArchiveUrl(url, {})).toThrow(
      /ARCHIVE_URL .*Expected file:\/\/\/absolute\/folder or s3:\/\//s,
    )
  })

  test('refuses credentials without repeating them', () => {
    const message = messageOf(() => parseArchiveUrl('s3://AKIAXX:topsecret@bucket/p', {}))
    expect(message).toMatch(/ARCHIVE_URL must not hold credentials.*AWS_ACCESS_KEY_ID/)
    expect(message).not.toMatch(/topsecret|AKIAXX/)
  })
})

function messageOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    return (error as Error).message
  }
  return ''
}
