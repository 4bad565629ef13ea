import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { findAccount } from './postgres-account.mjs'
import { copyBinaries, majorOf } from './postgres-binaries.mjs'
import { StopError } from './stop-error.mjs'

/**
 * @typedef {object} Home where PostgreSQL lives and as whom
 * @property {import('./postgres-binaries.mjs').Binaries} binaries
 * @property {string} dataDir the real folder
 * @property {import('./postgres-account.mjs').Account} account
 * @property {boolean} isElsewhere the data had to be kept outside of DATA_DIR
 */

/**
 * Finds programs, data folder and account that work together: in place when an account can reach them, else
 * (root only) with a copy of the programs and the data in `elsewhere`, to which `link` then points.
 * @param {{ binaries: import('./postgres-binaries.mjs').Binaries, link: string, elsewhere: string }} places
 *   `link`: the data folder, or a link to it from an earlier start
 * @returns {Promise<Home>}
 * @throws {StopError}
 */
export async function settle({ binaries, link, elsewhere }) {
  if (isLink(link)) return settleElsewhere({ binaries, link })
  const inPlace = await findAccount({ binDir: join(binaries.dir, 'bin'), dataDir: link })
  if (inPlace.account) return { binaries, dataDir: link, account: inPlace.account, isElsewhere: false }
  const root = process.getuid?.() === 0
  if (!root) {
    throw new StopError(
      `PostgreSQL can't run as this user on ${link}. If that folder is from a start as another user, start as that user again; else set DATABASE_URL to a PostgreSQL server that runs elsewhere.`,
      inPlace.tried,
    )
  }
  if (majorOf(link) !== null) {
    throw new StopError(
      `PostgreSQL can't run as root, and no other user reaches its data in ${link}. Move the data to a folder that others may enter, and start with DATA_DIR set to it.`,
      inPlace.tried,
    )
  }
  const target = join(elsewhere, randomBytes(6).toString('hex'))
  mkdirSync(target, { recursive: true, mode: 0o755 })
  for (const path of [elsewhere, target]) chmodSync(path, 0o755)
  writeFileSync(join(target, 'belongs-to'), realpathSync(dirname(link)))
  mkdirSync(join(target, 'data'), { mode: 0o700 })
  rmSync(link, { recursive: true })
  symlinkSync(join(target, 'data'), link)
  try {
    return await settleElsewhere({ binaries, link, tried: inPlace.tried })
  } catch (error) {
    // Nothing is in it yet, and another start may not need it.
    rmSync(link)
    rmSync(target, { recursive: true, force: true })
    throw error
  }
}

/** @returns {Promise<Home>} */
async function settleElsewhere(
  /** @type {{ binaries: import('./postgres-binaries.mjs').Binaries, link: string, tried?: string }} */ {
    binaries,
    link,
    tried = '',
  },
) {
  if (!existsSync(link)) {
    throw new StopError(
      `${link} points to a folder that is gone, and with it the database. Restore that folder, or remove the link to begin with an empty database.`,
    )
  }
  const dataDir = realpathSync(link)
  const target = dirname(dataDir)
  refuseShared(link, target)
  const copied = copyBinaries(binaries, dirname(target))
  const found = await findAccount({ binDir: join(copied.dir, 'bin'), dataDir })
  if (found.account) return { binaries: copied, dataDir, account: found.account, isElsewhere: true }
  throw new StopError(
    'PostgreSQL refuses to run as root, and root may not become another user here. Run the command as an ordinary user, or set DATABASE_URL to a PostgreSQL server that runs elsewhere.',
    `${tried}\n${found.tried}`,
  )
}

/** A copied DATA_DIR carries the link along, and two systems must not use one database. */
function refuseShared(/** @type {string} */ link, /** @type {string} */ target) {
  const note = join(target, 'belongs-to')
  const here = realpathSync(dirname(link))
  const owner = existsSync(note) ? readFileSync(note, 'utf8') : here
  if (owner === here) return
  const ownersLink = join(owner, 'postgres')
  if (existsSync(ownersLink) && realpathSync(ownersLink) === join(target, 'data')) {
    throw new StopError(
      `${link} points to the database of ${owner}, of which this folder seems to be a copy. Remove ${link} to begin with an empty database here.`,
    )
  }
  // The folder was moved.
  writeFileSync(note, here)
}

const isLink = (/** @type {string} */ path) => {
  try {
    return lstatSync(path).isSymbolicLink()
  } catch {
    return false
  }
}
