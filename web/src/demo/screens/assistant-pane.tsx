import { type FormEvent, type KeyboardEvent, useState } from 'react'
import { Icon } from '../../ui/icon.js'
import { useStickToEnd } from '../../ui/use-stick-to-end.js'
import type { Assistant, ChatTurn } from '../assistant/assistant.js'
import { SCRIPTED_NOTE } from '../assistant/scripted-helper.js'
import { useStore } from '../store.js'
import { RichText } from './rich-text-view.js'

const MAX_QUESTION_CHARS = 8_000

interface AssistantPaneProps {
  assistant: Assistant
  onInsert: (code: string) => void
}

export function AssistantPane({ assistant, onInsert }: AssistantPaneProps) {
  const { turns, kind, isAnswering } = useStore(assistant.view)
  const { ref, atEnd, onScroll, toEnd } = useStickToEnd<HTMLDivElement>(turns)
  return (
    <section className="pane demo-assistant" aria-label="Assistant">
      <header className="pane-bar">
        <h2 className="pane-title">{kind === 'script' ? 'Scripted helper' : 'Assistant'}</h2>
        {kind === 'script' && <span className="chip">no model</span>}
      </header>
      <div className="scroll-box">
        <div
          className="scroller"
          ref={ref}
          onScroll={onScroll}
          role="log"
          aria-label="Conversation"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
          tabIndex={0}
        >
          {kind === 'script' && <p className="demo-scripted-note quiet">{SCRIPTED_NOTE}</p>}
          {turns.length === 0 && (
            <p className="demo-scripted-note quiet">
              Ask about the task or your code. Questions and answers are part of the recording.
            </p>
          )}
          {turns.map((turn) => (
            <Turn
              key={turn.id}
              turn={turn}
              who={kind === 'script' ? 'Scripted helper' : 'Assistant'}
              onInsert={onInsert}
            />
          ))}
        </div>
        {!atEnd && (
          <button type="button" className="button to-end" onClick={toEnd}>
            <Icon name="down" /> Newest
          </button>
        )}
      </div>
      <QuestionForm
        isAnswering={isAnswering}
        onAsk={(text) => void assistant.ask(text)}
        onStop={() => assistant.stop()}
      />
    </section>
  )
}

function Turn({ turn, who, onInsert }: { turn: ChatTurn; who: string; onInsert: (code: string) => void }) {
  const { role, text, state, problem } = turn
  const isAnswer = role === 'assistant'
  return (
    <article
      className="demo-turn"
      data-role={role}
      data-state={state}
      // Text that is copied from here is known as the assistant's where it is pasted.
      data-recorder-source={isAnswer ? 'ai' : undefined}
    >
      <h3>{isAnswer ? who : 'You'}</h3>
      {isAnswer ? (
        <RichText
          text={text}
          codeActions={(code) => (
            <button type="button" className="button button-outlined" onClick={() => onInsert(code)}>
              Insert at the cursor
            </button>
          )}
        />
      ) : (
        <p className="theirs demo-question">{text}</p>
      )}
      {state === 'streaming' && text === '' && <p className="quiet">Thinking…</p>}
      {problem !== null && <p className="failure">{problem}</p>}
    </article>
  )
}

interface QuestionFormProps {
  isAnswering: boolean
  onAsk: (text: string) => void
  onStop: () => void
}

function QuestionForm({ isAnswering, onAsk, onStop }: QuestionFormProps) {
  const [text, setText] = useState('')
  const ask = () => {
    if (text.trim() === '' || isAnswering) return
    onAsk(text.trim())
    setText('')
  }
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    ask()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    // Composing a character ends with Enter, too.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    event.stopPropagation()
    ask()
  }
  return (
    <form className="demo-ask" onSubmit={onSubmit}>
      <label htmlFor="demo-question" className="visually-hidden">
        Ask the assistant
      </label>
      <textarea
        id="demo-question"
        className="field"
        rows={2}
        maxLength={MAX_QUESTION_CHARS}
        placeholder="Ask… (Enter sends, Shift Enter is a new line)"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {isAnswering ? (
        <button type="button" className="button button-outlined" onClick={onStop}>
          Stop
        </button>
      ) : (
        <button type="submit" className="button button-outlined" disabled={text.trim() === ''}>
          Ask
        </button>
      )}
    </form>
  )
}
