// `npm run build:sdk`: builds the SDK's package into client-sdk/dist, ready for `npm pack ./client-sdk`.
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { StopError } from './bare/stop-error.mjs'
import { buildPackage } from './build-sdk/build-package.mjs'
import { sizesOf } from './build-sdk/sizes.mjs'

const kilobytes = (/** @type {number} */ bytes) => `${(bytes / 1000).toFixed(1)} kB`
const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')

try {
  const { dist, done } = await buildPackage(root)
  console.log(`${relative(root, dist)}: ${done}`)
  console.log('\nMinified and gzipped, each alone, other packages apart:')
  for (const { subpath, eagerBytes, laterBytes } of await sizesOf(root)) {
    const later = laterBytes === 0 ? '' : `  and ${kilobytes(laterBytes)} loaded beside the page`
    console.log(`  ${subpath.padEnd(28)} ${kilobytes(eagerBytes).padStart(8)}${later}`)
  }
} catch (error) {
  if (!(error instanceof StopError)) throw error
  console.error(`${error.message}\n${error.detail}`)
  process.exitCode = 1
}
