import { CANDIDATE_EVENT_TYPES, isCustomType } from '../../protocol/event-types.js'

/** Which of the candidate's types a candidate may send here [R9]: a platform that runs the tests itself takes no claims. */
export interface CandidateTypes {
  has(type: string): boolean
}

/** Reads the setting: types separated by commas, `custom` for all custom ones. Null where one is not a candidate's. */
export function candidateTypesFrom(text: string): CandidateTypes | null {
  const named = text.split(',').map((one) => one.trim())
  const known: readonly string[] = CANDIDATE_EVENT_TYPES
  if (!named.every((type) => type === 'custom' || known.includes(type) || isCustomType(type))) return null
  const types = new Set(named)
  return { has: (type) => types.has(type) || (types.has('custom') && isCustomType(type)) }
}
