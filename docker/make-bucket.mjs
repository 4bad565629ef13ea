// Makes the bucket that ARCHIVE_URL names, where it is not there yet. Run once by docker-compose.yml, before
// anything that archives; credentials come from the usual AWS environment.
import { CreateBucketCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3'

const given = process.env.ARCHIVE_URL ?? ''
const url = URL.canParse(given) ? new URL(given) : null
if (url?.protocol !== 's3:' || url.host === '') {
  process.stderr.write('ARCHIVE_URL names no bucket; expected s3://bucket/prefix?endpoint=http://host:port\n')
  process.exit(1)
}
const endpoint = url.searchParams.get('endpoint')
const client = new S3Client({
  region: url.searchParams.get('region') || process.env.AWS_REGION || 'us-east-1',
  ...(endpoint && { endpoint, forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED' }),
})
const bucket = { Bucket: url.host }
try {
  await client.send(new HeadBucketCommand(bucket))
} catch (missing) {
  try {
    await client.send(new CreateBucketCommand(bucket))
  } catch (error) {
    // Another one was faster.
    if (error.name !== 'BucketAlreadyOwnedByYou') {
      process.stderr.write(`The bucket ${url.host} can't be made: ${error.name}, after ${missing.name}\n`)
      process.exit(1)
    }
  }
}
process.stdout.write(`The bucket ${url.host} is there.\n`)
