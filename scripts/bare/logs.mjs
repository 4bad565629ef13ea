import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  truncateSync,
} from 'node:fs'

/**
 * Log files are bounded: a larger one is moved aside at start, replacing the one before, so a log takes twice
 * this much on disk at most.
 */
const MAX_LOG_BYTES = 20 * 1024 * 1024

/** @param {string} file */
export function rotate(file) {
  if (sizeOf(file) > MAX_LOG_BYTES) renameSync(file, `${file}.1`)
}

/**
 * The same for a log that a running process holds open in append mode: its content is copied aside and the
 * file is emptied. Lines written between the two steps are lost.
 * @param {string} file
 */
export function rotateInUse(file) {
  if (sizeOf(file) <= MAX_LOG_BYTES) return
  copyFileSync(file, `${file}.1`)
  truncateSync(file)
}

/**
 * @param {string} file
 * @param {number} fromByte
 * @param {number} maxLines
 * @returns {string} the last lines written since
 */
export function tail(file, fromByte, maxLines = 20) {
  const lines = readSince(file, fromByte).trimEnd().split('\n')
  return lines.slice(-maxLines).map(readable).join('\n')
}

/**
 * Calls back for each line that was written to the log since the last look and is an error of pino's.
 * @param {string} file
 * @param {(message: string) => void} onError
 * @returns {() => void} looks once
 */
export function errorWatch(file, onError) {
  let readBytes = sizeOf(file)
  return () => {
    const sizeBytes = sizeOf(file)
    if (sizeBytes < readBytes) readBytes = 0
    if (sizeBytes === readBytes) return
    const text = readSince(file, readBytes)
    const complete = text.lastIndexOf('\n') + 1
    readBytes += Buffer.byteLength(text.slice(0, complete))
    for (const line of text.slice(0, complete).split('\n')) {
      const entry = parse(line)
      if (entry && entry.level >= PINO_ERROR) onError(describe(entry))
    }
  }
}

/** @param {string} file */
export const sizeOf = (file) => (existsSync(file) ? statSync(file).size : 0)

const PINO_ERROR = 50
const MAX_READ_BYTES = 256 * 1024

function readSince(/** @type {string} */ file, /** @type {number} */ fromByte) {
  const sizeBytes = sizeOf(file)
  const startByte = Math.max(fromByte > sizeBytes ? 0 : fromByte, sizeBytes - MAX_READ_BYTES)
  const buffer = Buffer.alloc(sizeBytes - startByte)
  if (buffer.length === 0) return ''
  const fd = openSync(file, 'r')
  try {
    const read = readSync(fd, buffer, 0, buffer.length, startByte)
    return buffer.toString('utf8', 0, read)
  } finally {
    closeSync(fd)
  }
}

/** @returns {{ level: number, msg?: string, code?: string, error?: unknown, err?: { message?: string } } | null} */
function parse(/** @type {string} */ line) {
  if (!line.startsWith('{')) return null
  try {
    const entry = JSON.parse(line)
    return typeof entry.level === 'number' ? entry : null
  } catch {
    return null
  }
}

function describe(/** @type {NonNullable<ReturnType<typeof parse>>} */ entry) {
  const cause = entry.err?.message ?? (typeof entry.error === 'string' ? entry.error : undefined)
  const text = [entry.msg, cause === entry.msg ? undefined : cause].filter(Boolean).join(': ')
  return text.slice(0, 300)
}

const readable = (/** @type {string} */ line) => {
  const entry = parse(line)
  return entry ? describe(entry) : line
}
