import { Readable } from 'node:stream'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsCommand,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { guardedStream, putGuarded, unavailable } from './body-guard.js'
import { abortUploads } from './s3-uploads.js'
import {
  type ArchiveStore,
  checkKey,
  checkPrefix,
  checkRemovable,
  type PutBody,
  type StoredObject,
} from './store.js'

export interface S3Location {
  bucket: string
  /** Below which keys lie, without slashes at its ends; '' for the bucket itself. */
  prefix: string
  region: string
  /** Of an S3-compatible store; absent for AWS itself. */
  endpoint?: string
}

export interface S3StoreOptions {
  /** Default: the usual environment, files and instance roles of AWS. */
  credentials?: NonNullable<S3ClientConfig['credentials']>
  /** How long the store may be silent in the middle of an answer. */
  silenceMs?: number
  /** Requests made for one call, the first included. */
  maxAttempts?: number
}

const CONNECT_TIMEOUT_MS = 5_000
/** From the start of a request to its answer's head; a part of 5 MiB must get through in it. */
const ANSWER_TIMEOUT_MS = 60_000
const SILENCE_TIMEOUT_MS = 30_000

/** The least that S3 takes, but for the last part; memory of a put is two of these. */
const PART_BYTES = 5 * 1024 * 1024
const REMOVALS_AT_ONCE = 16

/** An archive in an S3 bucket, which must exist. */
export function openS3Store(location: S3Location, options: S3StoreOptions = {}): ArchiveStore {
  // On Node.js 20 the SDK would warn that its later versions need 22. The installed one is pinned, and nobody
  // who starts this can act on it.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
  const client = new S3Client(clientConfig(location, options))
  const { bucket: Bucket } = location
  const root = location.prefix === '' ? '' : `${location.prefix}/`
  const addressOf = (key: string) => {
    checkKey(key)
    return { Bucket, Key: root + key }
  }

  const get = async (address: { Bucket: string; Key: string }, range?: string) => {
    try {
      const answer = await client.send(new GetObjectCommand({ ...address, ...(range && { Range: range }) }))
      return {
        body: (answer.Body ?? Readable.from([])) as Readable,
        isRange: answer.ContentRange !== undefined,
      }
    } catch (error) {
      if (isMissing(error)) return null
      throw error
    }
  }

  async function* list(prefix: string): AsyncGenerator<StoredObject> {
    // The older ListObjects on purpose: it goes on after a key instead of a token of the server's, so every
    // S3-compatible store pages alike, and a listing outlives a restart of the store.
    let after: string | undefined
    for (;;) {
      const answer = await client
        .send(new ListObjectsCommand({ Bucket, Prefix: root + prefix, Marker: after }))
        .catch((error: unknown) => {
          throw unavailable(`Listing ${prefix || 'the archive'} in ${Bucket}`, error)
        })
      const page = answer.Contents ?? []
      for (const { Key, Size } of page) {
        if (Key === undefined) continue
        after = Key
        yield { key: Key.slice(root.length), sizeBytes: Size ?? 0 }
      }
      if (!answer.IsTruncated || page.length === 0) return
    }
  }

  return {
    put: async (key, body) => {
      const params = { ...addressOf(key), ContentType: contentTypeOf(key) }
      await putGuarded(`Writing ${key} to ${Bucket}`, body, async (guarded) => {
        if (Buffer.isBuffer(guarded) && guarded.length <= PART_BYTES) {
          await client.send(new PutObjectCommand({ ...params, Body: guarded }))
        } else {
          await upload(client, params, guarded)
        }
      })
    },
    get: async (key) => {
      const what = `Reading ${key} from ${Bucket}`
      const answer = await get(addressOf(key)).catch((error: unknown) =>
        Promise.reject(unavailable(what, error)),
      )
      return answer && guardedStream(what, answer.body)
    },
    getRange: async (key, offsetBytes, lengthBytes) => {
      const address = addressOf(key)
      // A range of no bytes can't be said in HTTP.
      if (lengthBytes === 0) return (await head(client, address)) && Buffer.alloc(0)
      try {
        const answer = await get(address, `bytes=${offsetBytes}-${offsetBytes + lengthBytes - 1}`)
        if (answer === null) return null
        // A server may leave the range out of account, or give more than was asked for.
        const start = answer.isRange ? 0 : offsetBytes
        return Buffer.concat(await answer.body.toArray()).subarray(start, start + lengthBytes)
      } catch (error) {
        if (isBeyondEnd(error)) return Buffer.alloc(0)
        throw unavailable(`Reading ${key} from ${Bucket}`, error)
      }
    },
    head: async (key) => head(client, addressOf(key)),
    list: (prefix) => {
      checkPrefix(prefix)
      return list(prefix)
    },
    removePrefix: async (prefix) => {
      checkRemovable(prefix)
      await abortUploads(client, Bucket, root + prefix).catch((error: unknown) => {
        throw unavailable(`Ending uploads below ${prefix} in ${Bucket}`, error)
      })
      // One by one: DeleteObjects needs a checksum on whose kind S3-compatible stores don't agree.
      const remove = (key: string) =>
        client.send(new DeleteObjectCommand(addressOf(key))).catch((error: unknown) => {
          throw unavailable(`Removing ${key} from ${Bucket}`, error)
        })
      let keys: string[] = []
      for await (const { key } of list(prefix)) {
        keys.push(key)
        if (keys.length < REMOVALS_AT_ONCE) continue
        await Promise.all(keys.map(remove))
        keys = []
      }
      await Promise.all(keys.map(remove))
    },
    describe: () => {
      const at = location.endpoint === undefined ? `AWS ${location.region}` : location.endpoint
      return `S3 bucket ${Bucket}${root === '' ? '' : `, prefix ${location.prefix}`}, at ${at}`
    },
    close: async () => client.destroy(),
  }
}

function clientConfig(location: S3Location, options: S3StoreOptions): S3ClientConfig {
  return {
    region: location.region,
    maxAttempts: options.maxAttempts ?? 4,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: ANSWER_TIMEOUT_MS,
      throwOnRequestTimeout: true,
      socketTimeout: options.silenceMs ?? SILENCE_TIMEOUT_MS,
    },
    ...(options.credentials && { credentials: options.credentials }),
    ...(location.endpoint && {
      endpoint: location.endpoint,
      // Stores behind an address of their own rarely have one per bucket, and some choke on the checksums that
      // newer SDKs add to every request. Each object is hashed by its writer and reader anyway.
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    }),
  }
}

type PutParams = { Bucket: string; Key: string; ContentType: string }

/** In parts, each held in memory and so retried on its own; one request where a single part is all there is. */
async function upload(client: S3Client, params: PutParams, body: PutBody): Promise<void> {
  await new Upload({
    client,
    params: { ...params, Body: Buffer.isBuffer(body) ? body : Readable.from(body, { objectMode: true }) },
    partSize: PART_BYTES,
    // More at once would hold more memory, and go on reading the body after one of them has failed.
    queueSize: 1,
    // A failed upload is aborted: its parts would be paid for, and hold what a candidate typed, unseen.
    leavePartsOnError: false,
  }).done()
}

async function head(client: S3Client, address: { Bucket: string; Key: string }) {
  try {
    const { ContentLength } = await client.send(new HeadObjectCommand(address))
    return { sizeBytes: ContentLength ?? 0 }
  } catch (error) {
    if (isMissing(error)) return null
    throw unavailable(`Asking for ${address.Key} in ${address.Bucket}`, error)
  }
}

// No Content-Encoding anywhere: a client that unpacks by itself would break the byte ranges.
const contentTypeOf = (key: string): string =>
  key.endsWith('.gz')
    ? 'application/gzip'
    : key.endsWith('.json')
      ? 'application/json'
      : 'application/octet-stream'

/** NotFound is what a HEAD answers, which has no body to say more in. A missing bucket is no missing key. */
const isMissing = (error: unknown): boolean => ['NoSuchKey', 'NotFound'].includes((error as Error).name)

const isBeyondEnd = (error: unknown): boolean => (error as Error).name === 'InvalidRange'
