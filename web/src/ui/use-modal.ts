import { type FormEvent, type RefObject, type SyntheticEvent, useEffect, useRef } from 'react'
import { flushSync } from 'react-dom'

export interface Modal {
  /** For the `<dialog>`, which is open for as long as it is in the page. */
  modal: {
    ref: RefObject<HTMLDialogElement | null>
    onCancel: (event: SyntheticEvent) => void
    onClose: () => void
  }
  close: () => void
  /** For a form whose buttons all end in closing. */
  closeBySubmit: (event: FormEvent) => void
}

/**
 * A dialog over the page, from which whoever shows it is told once to take it away.
 *
 * It is told in the task of the key or click that closes it, and not by the browser's `close` event, which comes later: what a key
 * in between opens would be taken away by it. A dialog that has left the page otherwise, with all that was around it, tells nobody.
 */
export function useModal(onClose: () => void): Modal {
  const ref = useRef<HTMLDialogElement>(null)
  const isClosed = useRef(false)
  const tell = useRef(onClose)
  tell.current = onClose
  useEffect(() => ref.current?.showModal(), [])
  const close = () => {
    if (isClosed.current || ref.current === null) return
    isClosed.current = true
    // Gives the focus back to what had it before; taken out of the page while it is open, it would not.
    ref.current.close()
    // Before anything else can ask for a dialog: React would take one of the same kind for this one, which opens no more.
    flushSync(() => tell.current())
  }
  const closeInstead = (event: SyntheticEvent) => {
    event.preventDefault()
    close()
  }
  return { modal: { ref, onCancel: closeInstead, onClose: close }, close, closeBySubmit: closeInstead }
}
