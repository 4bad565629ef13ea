import { expect, test } from 'vitest'
import { plainModules } from './plain-types.mjs'

const MODULE = 'protocol/http/sessions.d.ts'
const PROBE = `work/probes/${MODULE}`

/** Writes out a module of these declarations, where the compiler infers so. */
const written = async (declared: string, inferred: string) => {
  const asked: Record<string, string> = {}
  const plain = await plainModules({ [MODULE]: declared }, [MODULE], 'work/probes', async (probes) => {
    Object.assign(asked, probes)
    return Object.keys(probes).length === 0 ? {} : { [PROBE]: inferred }
  })
  return { plain: plain[MODULE], asked: asked[PROBE.replace('.d.ts', '.ts')] }
}

test('a type of a schema becomes what the schema comes out as, with the comment above it', async () => {
  const { asked, plain } = await written(
    [
      "import { z } from 'zod';",
      'export declare const view: z.ZodObject<{ id: z.ZodString }>;',
      '/** One session. */',
      'export type View = z.infer<typeof view>;',
    ].join('\n'),
    'export declare const View: {\n    id: string;\n};\n',
  )
  expect(asked).toContain("import type * as module from '../../../../protocol/http/sessions.js'")
  expect(asked).toContain('export const View = inferred<module.View>()')
  expect(plain).toBe('/** One session. */\nexport type View = {\n    id: string;\n};\n')
})

test('a type with a parameter becomes a table of all that it may be', async () => {
  const { asked, plain } = await written(
    [
      "import { z } from 'zod';",
      "import type { Name } from '../event-types.js';",
      'export type Data<T extends Name> = z.infer<(typeof SCHEMAS)[T]>;',
    ].join('\n'),
    'export declare const Data: {\n    paste: number;\n};\n',
  )
  expect(asked).toContain("import type { Name } from '../../../../protocol/event-types.js';")
  expect(asked).toContain('inferred<{ [P in Name]: module.Data<P> }>()')
  expect(plain).toBe(
    'export type Data<T extends keyof DataByKey> = DataByKey[T];\ntype DataByKey = {\n    paste: number;\n};\n',
  )
})

test('what the compiler names of other modules is named from where the module is', async () => {
  const events = '../../../../protocol/events.js'
  const { plain } = await written(
    'export type Event = z.infer<typeof event>;',
    `export declare const Event: import("${events}").Recorded;\n`,
  )
  expect(plain).toBe('export type Event = import("../events.js").Recorded;\n')
})

test.each([
  ['export interface View {\n}', 'interface View'],
  ['export type Both<A, B> = z.infer<A>;', 'Both<A, B>'],
])('%s is not left out in silence', async (declared, named) => {
  await expect(written(declared, '')).rejects.toThrow(named)
})

test('a module of schemas alone has no types', async () => {
  expect((await written('export declare const view: z.ZodString;', '')).plain).toBe('export {}\n')
})
