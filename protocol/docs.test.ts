import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { ERRORS } from './errors.js'
import { DATA_SCHEMAS } from './event-schemas.js'
import {
  type BuiltInEventType,
  CANDIDATE_EVENT_TYPES,
  CHECKPOINT_PASTE_CHARS,
  isCheckpoint,
  PROCTOR_EVENT_TYPES,
  SERVICE_EVENT_TYPES,
} from './event-types.js'
import { LIMITS } from './limits.js'
import { PART_FIELDS } from './parts.js'
import { PROTOCOL_VERSION } from './version.js'

const page = readFileSync(new URL('../docs/protocol.md', import.meta.url), 'utf8')

/** The rows of the first table under a heading, as their cells. */
function tableUnder(heading: string): string[][] {
  const from = page.indexOf(`\n${heading}\n`)
  if (from === -1) throw new Error(`docs/protocol.md has no heading "${heading}"`)
  const lines = page.slice(from).split('\n').slice(2)
  const start = lines.findIndex((line) => line.startsWith('|'))
  const end = lines.findIndex((line, i) => i > start && !line.startsWith('|'))
  const cellsOf = (line: string) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim())
  return lines.slice(start + 2, end).map(cellsOf)
}
const bare = (cell: string | undefined) => (cell ?? '').replaceAll('`', '')

// Failing? docs/protocol.md is what clients are written from: bring it in line with the code, or the other way round.
describe('[R19] docs/protocol.md says what the code does', () => {
  test('in its version', () => {
    expect(page).toContain(`# The protocol, version ${PROTOCOL_VERSION}\n`)
  })

  test('in the table of error codes', () => {
    const documented = tableUnder('## Error codes').map(([code, status, from, help]) => ({
      code: bare(code),
      help: help ?? '',
      ...(from === 'SDK' ? {} : { httpStatus: Number(status) }),
    }))
    const known = Object.entries(ERRORS).map(([code, { httpStatus, help }]) => ({
      code,
      help,
      ...(documented.some((row) => row.code === code && !('httpStatus' in row)) ? {} : { httpStatus }),
    }))
    expect(documented).toEqual(known)
  })

  test('in the vocabulary: types, checkpoints, fields and which of them are optional', () => {
    const rows = tableUnder('### Vocabulary').filter(([type]) => type !== '`custom:<name>`')
    const documented = rows.map(([type, checkpoint, data]) => ({
      type: bare(type),
      checkpoint,
      fields: [...(data ?? '').matchAll(/(?:^|· )`(\w+\??)`/g)].map((match) => match[1]).sort(),
    }))
    const all = [...CANDIDATE_EVENT_TYPES, ...PROCTOR_EVENT_TYPES, ...SERVICE_EVENT_TYPES]
    const known = all.map((type) => ({
      type,
      checkpoint:
        type === 'paste'
          ? `from ${CHECKPOINT_PASTE_CHARS} \`lengthChars\` on`
          : isCheckpoint(type, {}, undefined)
            ? 'yes'
            : 'no',
      fields: fieldsOf(type),
    }))
    expect(documented).toEqual(known)
  })

  test('in who sends the proctors’ and the service’s types', () => {
    const listOf = (types: readonly string[]) =>
      `${types
        .slice(0, -1)
        .map((type) => `\`${type}\``)
        .join(', ')} and \`${types.at(-1)}\``
    expect(page).toContain(`The proctors' types are ${listOf(PROCTOR_EVENT_TYPES)}.`)
    expect(page.replaceAll('\n', ' ')).toContain(`own types are ${listOf(SERVICE_EVENT_TYPES)}:`)
  })

  test('in the fields that long texts are cut in', () => {
    const documented = tableUnder('### Long texts [R7]').map(([type, fields]) => [
      bare(type),
      bare(fields).split(', '),
    ])
    expect(Object.fromEntries(documented)).toEqual(PART_FIELDS)
  })

  test('in the limits', () => {
    const documented = tableUnder('### Limits').map(([name, value]) => [bare(name), Number(value)])
    expect(Object.fromEntries(documented)).toEqual(LIMITS)
  })
})

function fieldsOf(type: BuiltInEventType): string[] {
  const { shape } = DATA_SCHEMAS[type] as unknown as { shape: Record<string, z.ZodType> }
  return Object.entries(shape)
    .map(([name, schema]) => (schema.safeParse(undefined).success ? `${name}?` : name))
    .sort()
}
