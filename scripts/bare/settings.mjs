import { join, resolve } from 'node:path'
import { StopError } from './stop-error.mjs'

/**
 * @typedef {object} StartSettings what `npm start` itself reads; the processes it starts read the rest
 * @property {string} dataDir absolute
 * @property {string} host where the server listens
 * @property {{ wanted: number, chosenByUser: boolean }} port
 * @property {string | null} databaseUrl null: our own, like the next two
 * @property {string | null} redisUrl
 * @property {string | null} archiveUrl
 * @property {string | null} authSecret null: made and kept in DATA_DIR
 * @property {string | null} signingKeyFile absolute; null: made and kept in DATA_DIR
 * @property {number | null} workerPort null: any free one
 * @property {'on' | 'off'} demo whether anybody who reaches the server may have a demo interview
 */

export const DEFAULT_PORT = 4700
const MIN_SECRET_CHARS = 32
const LOOPBACK = /^(localhost|127(\.\d+){3}|::1)$/

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string} root the project
 * @returns {StartSettings}
 * @throws {StopError} naming every wrong variable, what was given and what is expected
 */
export function startSettings(env, root) {
  /** @type {string[]} */
  const wrong = []
  const given = (/** @type {string} */ name) => env[name]?.trim() || null
  const port = (/** @type {string} */ name) => {
    const text = given(name)
    if (text === null) return null
    if (/^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535) return Number(text)
    wrong.push(`${name} is "${text}"; expected a number from 1 to 65535.`)
    return null
  }
  const url = (
    /** @type {string} */ name,
    /** @type {string[]} */ protocols,
    /** @type {string} */ example,
    /** @type {(url: URL) => boolean} */ fits = () => true,
  ) => {
    const text = given(name)
    if (text === null) return null
    if (URL.canParse(text) && protocols.includes(new URL(text).protocol) && fits(new URL(text))) return text
    wrong.push(`${name} is "${withoutPassword(text)}"; expected a URL like ${example}.`)
    return null
  }
  const secret = () => {
    const text = given('AUTH_SECRET')
    if (text === null || text.length >= MIN_SECRET_CHARS) return text
    wrong.push(
      `AUTH_SECRET is a text of ${text.length} characters; expected a secret of at least ${MIN_SECRET_CHARS}.`,
    )
    return null
  }
  const signingKeyFile = given('SIGNING_KEY_FILE')
  const host = given('HOST') ?? '127.0.0.1'
  /** @returns {'on' | 'off'} */
  const demo = () => {
    const text = given('DEMO')
    if (text === 'on' || text === 'off') return text
    if (text !== null) wrong.push(`DEMO is "${text}"; expected on or off.`)
    // Whoever reaches a loopback address is on this machine.
    return LOOPBACK.test(host) ? 'on' : 'off'
  }
  /** One, or the nodes of a cluster. The processes look closer. */
  const redis = () => {
    const text = given('REDIS_URL')
    const isUrl = (/** @type {string} */ one) =>
      URL.canParse(one) && /^rediss?(\+cluster)?:$/.test(new URL(one).protocol)
    if (text === null || text.split(',').every(isUrl)) return text
    wrong.push(`REDIS_URL is "${withoutPassword(text)}"; expected a URL like redis://:password@host:6379/0.`)
    return null
  }
  const portGiven = port('PORT')
  const settings = {
    dataDir: resolve(given('DATA_DIR') ?? join(root, '.data')),
    host,
    port: { wanted: portGiven ?? DEFAULT_PORT, chosenByUser: portGiven !== null },
    workerPort: port('WORKER_PORT'),
    databaseUrl: url(
      'DATABASE_URL',
      ['postgres:', 'postgresql:'],
      'postgres://user:password@host:5432/database',
    ),
    redisUrl: redis(),
    archiveUrl: url(
      'ARCHIVE_URL',
      ['file:', 's3:'],
      'file:///folder or s3://bucket/prefix?endpoint=http://host:9000',
      ({ protocol, host }) => (protocol === 'file:') === (host === ''),
    ),
    authSecret: secret(),
    signingKeyFile: signingKeyFile && resolve(signingKeyFile),
    demo: demo(),
  }
  if (wrong.length > 0) {
    throw new StopError(
      wrong.length === 1 ? 'A setting is wrong.' : 'Some settings are wrong.',
      wrong.join('\n'),
    )
  }
  return settings
}

/** @param {string} text a URL, perhaps a malformed one */
export const withoutPassword = (text) => text.replace(/:[^:@/]*@/g, ':…@')
