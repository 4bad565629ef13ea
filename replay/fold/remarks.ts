import type { RecordedEvent } from '../../protocol/events.js'
import type { Note } from '../state.js'
import { happened, type Reducers } from './fold.js'
import { sessionWithoutStart } from './session.js'

/** What proctors said and did. */
export const remarkReducers: Reducers<'proctor_note' | 'proctor_flag' | 'proctor_message' | 'time_extended'> =
  {
    proctor_note: (fold, event, data) => ({ notes: fold.notes.push(remark('proctor_note', event, data)) }),
    proctor_flag: (fold, event, data) => ({ notes: fold.notes.push(remark('proctor_flag', event, data)) }),
    proctor_message: (fold, event, data) => ({
      notes: fold.notes.push(remark('proctor_message', event, data)),
    }),

    time_extended(fold, event, data) {
      const notes = fold.notes.push(remark('time_extended', event, data))
      if (data.timeLimit == null) return { notes }
      const session = fold.session ?? sessionWithoutStart(fold.firstMs ?? event.timestamp)
      return { notes, session: { ...session, timeLimitSec: data.timeLimit } }
    },
  }

function remark(
  kind: Note['kind'],
  event: RecordedEvent,
  data: { text?: string | null | undefined; author?: string | null | undefined; atMs?: unknown },
): Note {
  return {
    ...happened(event),
    kind,
    text: data.text ?? '',
    author: data.author ?? null,
    aboutMs: typeof data.atMs === 'number' ? data.atMs : event.timestamp,
  }
}
