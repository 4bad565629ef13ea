import { fileURLToPath } from 'node:url'
import { openDirectoryStore } from './directory-store.js'
import { openS3Store, type S3Location } from './s3-store.js'
import { type ArchiveStore, isKey } from './store.js'

export type ArchiveLocation = { kind: 'directory'; path: string } | ({ kind: 's3' } & S3Location)

const EXPECTED =
  'Expected file:///absolute/folder or s3://bucket/prefix?endpoint=http://host:port&region=name ' +
  '(prefix, endpoint and region may be absent).'

/**
 * Opens the archive that ARCHIVE_URL names, without touching it yet. S3 credentials come from the usual AWS
 * environment. Throws an Error that names ARCHIVE_URL when the URL can't be used.
 */
export function openArchive(url: string): ArchiveStore {
  const location = parseArchiveUrl(url)
  return location.kind === 'directory' ? openDirectoryStore(location.path) : openS3Store(location)
}

/** What an ARCHIVE_URL says. Region: the URL's, else AWS_REGION, else us-east-1. */
export function parseArchiveUrl(url: string, env: NodeJS.ProcessEnv = process.env): ArchiveLocation {
  if (!URL.canParse(url)) throw new Error(`ARCHIVE_URL is not a URL: ${JSON.stringify(url)}. ${EXPECTED}`)
  const parsed = new URL(url)
  const refuse = (why: string): never => {
    parsed.username = ''
    parsed.password = ''
    throw new Error(`ARCHIVE_URL ${why}: ${parsed.href}. ${EXPECTED}`)
  }
  if (parsed.username !== '' || parsed.password !== '') {
    refuse('must not hold credentials (use AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)')
  }
  if (parsed.protocol === 'file:') return directoryAt(parsed, refuse)
  if (parsed.protocol === 's3:') return bucketAt(parsed, refuse, env)
  return refuse(`has the scheme ${parsed.protocol} which no archive has`)
}

type Refuse = (why: string) => never

function directoryAt(url: URL, refuse: Refuse): ArchiveLocation {
  if (url.search !== '' || url.hash !== '') refuse('of a directory takes no parameters')
  if (url.host !== '') refuse('of a directory starts with file:/// (three slashes)')
  const path = attempt(() => fileURLToPath(url)) ?? refuse('has a path that no file can have')
  if (path === '/') refuse('must not name the root folder')
  return { kind: 'directory', path }
}

function bucketAt(url: URL, refuse: Refuse, env: NodeJS.ProcessEnv): ArchiveLocation {
  for (const name of url.searchParams.keys()) {
    if (name !== 'endpoint' && name !== 'region') refuse(`has an unknown parameter ${name}`)
  }
  if (url.host === '') refuse('names no bucket')
  const endpoint = url.searchParams.get('endpoint')
  if (endpoint !== null && !/^https?:$/.test(URL.canParse(endpoint) ? new URL(endpoint).protocol : '')) {
    refuse('has an endpoint that is no http or https URL')
  }
  const decoded = attempt(() => decodeURIComponent(url.pathname)) ?? refuse('has a prefix that is not UTF-8')
  const prefix = decoded.split('/').filter(Boolean).join('/')
  if (prefix !== '' && !isKey(prefix)) refuse('has a prefix that no key can have')
  return {
    kind: 's3',
    bucket: url.host,
    prefix,
    region: url.searchParams.get('region') || env.AWS_REGION || 'us-east-1',
    ...(endpoint !== null && { endpoint }),
  }
}

function attempt<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch {
    return undefined
  }
}
