import type { Signal } from '../state.js'
import { happened, type Reducer, type Reducers } from './fold.js'

type SignalType = Signal['kind']

const signal =
  (kind: SignalType): Reducer<SignalType> =>
  (fold, event, data) => ({
    signals: fold.signals.push({
      ...happened(event),
      kind,
      lengthChars: data.lengthChars ?? null,
      path: event.fileId,
      data,
    }),
  })

export const signalReducers: Reducers<SignalType> = {
  tab_hidden: signal('tab_hidden'),
  tab_visible: signal('tab_visible'),
  window_blur: signal('window_blur'),
  window_focus: signal('window_focus'),
  paste: signal('paste'),
  copy: signal('copy'),
  fullscreen_exit: signal('fullscreen_exit'),
  connection_lost: signal('connection_lost'),
  connection_restored: signal('connection_restored'),
  second_tab: signal('second_tab'),
}
