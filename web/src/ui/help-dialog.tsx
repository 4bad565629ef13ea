import { useModal } from './use-modal.js'

export type Shortcut = [keys: string[], does: string]

/** `?` opens it on every view; Escape closes it. */
export function HelpDialog({ shortcuts, onClose }: { shortcuts: Shortcut[]; onClose: () => void }) {
  const { modal, closeBySubmit } = useModal(onClose)
  return (
    <dialog className="help" {...modal} aria-labelledby="help-title">
      <h2 id="help-title">Keyboard</h2>
      <dl>
        {shortcuts.map(([keys, does]) => (
          <div key={does}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <form onSubmit={closeBySubmit}>
        <button type="submit" className="button button-outlined">
          Close
        </button>
      </form>
    </dialog>
  )
}
