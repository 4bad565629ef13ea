export { Finder } from './finder.js'
export {
  FIND_KINDS,
  type FindExcerpt,
  type FindHit,
  type FindKind,
  type FindPlace,
  type FindQuery,
} from './hits.js'
export { matcherOf } from './pattern.js'
