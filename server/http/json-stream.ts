import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { nextTurn } from '../../db/slices.js'

const PIECE_CHARS = 64 * 1024
/** Below this depth a value is written at once: a command, a turn of the chat. */
const CUT_DEPTH = 3

/** Answers with a large value piece by piece: as one text it would be in memory once more, and hold up all others. */
export function sendJson(reply: FastifyReply, value: unknown): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(Readable.from(jsonPieces(value)))
}

/** The JSON of a value, with a turn for others after each piece. */
export async function* jsonPieces(value: unknown): AsyncGenerator<string> {
  let gathered = ''
  for (const part of parts(value, CUT_DEPTH)) {
    gathered += part
    if (gathered.length < PIECE_CHARS) continue
    yield gathered
    gathered = ''
    await nextTurn()
  }
  yield gathered
}

/** What JSON.stringify gives, in order. */
function* parts(value: unknown, depth: number): Generator<string> {
  if (typeof value === 'string' && value.length > PIECE_CHARS) {
    yield* pieces(value)
    return
  }
  if (depth === 0 || typeof value !== 'object' || value === null) {
    yield JSON.stringify(value ?? null)
    return
  }
  let between = ''
  if (Array.isArray(value)) {
    yield '['
    for (const item of value) {
      yield between
      yield* parts(item, depth - 1)
      between = ','
    }
    yield ']'
    return
  }
  yield '{'
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue
    yield `${between}${JSON.stringify(key)}:`
    yield* parts(item, depth - 1)
    between = ','
  }
  yield '}'
}

/** A pair of surrogates that is cut in two comes out as two escapes, which a reader puts together again. */
function* pieces(text: string): Generator<string> {
  yield '"'
  for (let from = 0; from < text.length; from += PIECE_CHARS) {
    yield JSON.stringify(text.slice(from, from + PIECE_CHARS)).slice(1, -1)
  }
  yield '"'
}
