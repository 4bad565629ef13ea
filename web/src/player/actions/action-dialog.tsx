import { type FormEvent, type KeyboardEvent, type ReactNode, useEffect, useId, useState } from 'react'
import { codeOf } from '../../data/api.js'
import { Icon } from '../../ui/icon.js'
import { useModal } from '../../ui/use-modal.js'

interface ActionDialogProps {
  title: string
  /** What it will do, before it is done. */
  children: ReactNode
  /** On the button that does it. */
  verb: string
  isGrave?: boolean
  canAct: boolean
  /** Done again after a failure, it counts once: it names itself. */
  act: () => Promise<unknown>
  onDone: () => void
  onClose: () => void
}

const WORDS: Partial<Record<string, string>> = {
  SESSION_CLOSED: 'The interview is over; nothing was changed.',
  UNREACHABLE: 'The service could not be reached. Try again: it is done once, however often it is asked for.',
  TRY_LATER: 'The service can’t do it right now. Try again: it is done once, however often it is asked for.',
  NOT_WATCHING: 'The connection was just made anew. Try again.',
  TOKEN_EXPIRED: 'Your sign-in has ended. Sign in anew; a text that you wrote here is kept in this tab.',
  RATE_LIMITED: 'Too much was asked for at once. Try again in a minute.',
}

/** Asks before something is done to an interview. The focus stays inside until it is done or left. */
export function ActionDialog(props: ActionDialogProps) {
  const { title, children, verb, isGrave = false, canAct, act, onDone, onClose } = props
  const { modal, close } = useModal(onClose)
  const [isActing, setIsActing] = useState(false)
  const [failure, setFailure] = useState<string | null>(null)
  const titleId = useId()
  useEffect(() => {
    // Whoever is asked for a text can write at once.
    modal.ref.current?.querySelector<HTMLElement>('textarea, input[type="number"]')?.focus()
  }, [modal.ref])

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (!canAct || isActing) return
    setIsActing(true)
    setFailure(null)
    try {
      await act()
      onDone()
      close()
    } catch (error) {
      const { message } = error as { message?: string }
      setFailure(WORDS[codeOf(error) ?? ''] ?? message ?? 'It could not be done.')
      setIsActing(false)
    }
  }
  return (
    <dialog className="help action" {...modal} onKeyDown={keepFocusInside} aria-labelledby={titleId}>
      <form onSubmit={submit}>
        <h2 id={titleId}>{title}</h2>
        {children}
        {failure !== null && (
          <p className="action-failure" role="alert">
            <Icon name="signal" />
            {failure}
          </p>
        )}
        <p className="action-buttons">
          <button type="button" className="button button-outlined" onClick={close}>
            Cancel
          </button>
          <button
            type="submit"
            className={`button button-primary${isGrave ? ' button-grave' : ''}`}
            disabled={!canAct || isActing}
          >
            {isActing ? 'Wait…' : verb}
          </button>
        </p>
      </form>
    </dialog>
  )
}

/** Behind the last place comes the first again, not the browser's own bars. */
function keepFocusInside(event: KeyboardEvent<HTMLDialogElement>): void {
  if (event.key !== 'Tab') return
  const all = event.currentTarget.querySelectorAll<HTMLElement>(
    'button:not(:disabled), textarea, input:not([type="radio"]), input[type="radio"]:checked',
  )
  const [first, last] = [all[0], all[all.length - 1]]
  const [edge, opposite] = event.shiftKey ? [first, last] : [last, first]
  if (document.activeElement !== edge) return
  event.preventDefault()
  opposite?.focus()
}
