import { AbortMultipartUploadCommand, ListMultipartUploadsCommand, type S3Client } from '@aws-sdk/client-s3'

/** Not every S3-compatible store, nor every set of credentials, can list uploads: there a lifecycle rule has to do it. */
const CANT = [
  'NotImplemented',
  'MethodNotAllowed',
  'AccessDenied',
  'NoSuchUpload',
  'InvalidRequest',
  'InvalidArgument',
]

/**
 * Ends the multipart uploads under way below a prefix, of writers that were killed or still write: their parts hold what
 * a candidate typed, and no listing of objects shows them.
 */
export async function abortUploads(client: S3Client, Bucket: string, Prefix: string): Promise<void> {
  try {
    for (;;) {
      const { Uploads = [], IsTruncated } = await client.send(
        new ListMultipartUploadsCommand({ Bucket, Prefix }),
      )
      for (const { Key, UploadId } of Uploads) {
        await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }))
      }
      // What was ended is not listed again, so each page is the first one.
      if (!IsTruncated || Uploads.length === 0) return
    }
  } catch (error) {
    if (!CANT.includes((error as Error).name)) throw error
  }
}
