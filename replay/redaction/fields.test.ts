import { expect, test } from 'vitest'
import { DATA_SCHEMAS } from '../../protocol/event-schemas.js'
import { RULES } from './fields.js'

test.each(Object.entries(DATA_SCHEMAS))(
  '[R15] each field of %s has a rule for its redaction',
  (type, schema) => {
    // Failing? A new field is masked as text that nobody knows until it has a rule in fields.ts.
    const fields = Object.keys((schema as unknown as { shape: object }).shape)
    expect(Object.keys(RULES[type as keyof typeof RULES])).toEqual(expect.arrayContaining(fields))
  },
)
