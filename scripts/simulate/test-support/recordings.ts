import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const PROJECT_ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** Real recordings, which are no part of the project: RECORDINGS_DIR, or `../shared/data` beside it. */
export const RECORDINGS_DIR = resolve(PROJECT_ROOT, process.env.RECORDINGS_DIR || '../shared/data')

/** For `test.skipIf`: says once why tests are skipped. */
export const noRecordings = !existsSync(RECORDINGS_DIR)
if (noRecordings) {
  console.warn(
    `Skipped: there are no recordings in ${RECORDINGS_DIR}. Name their folder with RECORDINGS_DIR.`,
  )
}
