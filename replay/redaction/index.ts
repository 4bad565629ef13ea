export { maskAll, maskRanges } from './mask.js'
export {
  type MaskedEvent,
  type MaskedPlace,
  maskEvent,
  maskJson,
  maskText,
  needlesIn,
  type StoredEvent,
} from './mask-event.js'
export { type Needles, needlesOf } from './needles.js'
export type { RedactionPlan, RedactionTarget, SearchedEvent } from './plan.js'
export { textBeforeDiff } from './previous-text.js'
export type { Ranges } from './ranges.js'
export { RedactionSearch } from './search.js'
