import type { RecordedEvent } from '../../protocol/events.js'
import type { Loss } from '../state.js'
import { type Fold, happened, type Reducers } from './fold.js'

/** What the service put in the place of events that it could not keep [R5, R6]. */
export const lossReducers: Reducers<'rejected' | 'quarantined' | 'gap'> = {
  rejected: (fold, event, data) => lost('rejected', fold, event, data),
  quarantined: (fold, event, data) => lost('quarantined', fold, event, data),
  gap: (fold, event, data) => lost('gap', fold, event, data),
}

const lost = (kind: Loss['kind'], fold: Fold, event: RecordedEvent, data: Loss['data']): Partial<Fold> => ({
  losses: fold.losses.push({ ...happened(event), kind, data }),
})
