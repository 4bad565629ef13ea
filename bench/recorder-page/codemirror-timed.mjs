// Runs in the page: CodeMirror calls extensions by its own means, not by the page's. What a recorder hands to it while it has
// the word is timed as well.
import { Facet, StateField } from '@codemirror/state'
import { ViewPlugin } from '@codemirror/view'

const { instrument } = /** @type {any} */ (window)

const timedMember = (/** @type {any} */ value) =>
  typeof value === 'function' ? instrument.timed('editor', value, false) : value

/** The functions in an object, timed. */
const timedMembers = (/** @type {any} */ object) =>
  object && Object.fromEntries(Object.entries(object).map(([key, value]) => [key, timedMember(value)]))

export function patchCodeMirror() {
  const prototype = /** @type {any} */ (Facet.prototype)
  const { of } = prototype
  // Update listeners, transaction filters and extenders, input handlers.
  prototype.of = function (/** @type {any} */ value) {
    return of.call(this, instrument.isRecorder ? timedMember(value) : value)
  }

  const plugin = /** @type {any} */ (ViewPlugin)
  const { define } = plugin
  // fromClass and domEventHandlers lead here too.
  plugin.define = (/** @type {any} */ create, /** @type {any} */ spec) => {
    if (!instrument.isRecorder) return define.call(plugin, create, spec)
    // What it registers with the page while it is made is timed too.
    const timedCreate = instrument.timed('editor', (/** @type {any[]} */ ...args) => {
      const value = create(...args)
      for (const name of ['update', 'docViewUpdate', 'destroy']) {
        if (typeof value[name] === 'function') value[name] = timedMember(value[name])
      }
      return value
    })
    const { eventHandlers, eventObservers } = spec ?? {}
    return define.call(plugin, timedCreate, {
      ...spec,
      ...(eventHandlers && { eventHandlers: timedMembers(eventHandlers) }),
      ...(eventObservers && { eventObservers: timedMembers(eventObservers) }),
    })
  }

  const field = /** @type {any} */ (StateField)
  const defineField = field.define
  field.define = (/** @type {any} */ config) => {
    if (!instrument.isRecorder) return defineField.call(field, config)
    const { create, update } = config
    return defineField.call(field, { ...config, create: timedMember(create), update: timedMember(update) })
  }
}
