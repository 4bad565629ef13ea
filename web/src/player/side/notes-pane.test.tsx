import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { createReplayEngine } from '../../../../replay/index.js'
import { MAX_REDACTIONS } from '../../data/api.js'
import { NotesPane } from './notes-pane.js'
import { NO_REVIEW } from './use-review.js'

const drawn = (count: number): string => {
  const redactions = Array.from({ length: count }, (_, i) => ({
    id: `${i}`,
    placeCount: 1,
    reason: 'a key',
    author: 'platform',
  }))
  return renderToStaticMarkup(
    <NotesPane
      state={createReplayEngine().stateAt()}
      review={{ ...NO_REVIEW, redactions }}
      startMs={0}
      empty=""
      onGo={() => {}}
    />,
  )
}

test('[I8] of redactions no more are shown than can be read, and it is said that there are more', () => {
  const most = drawn(MAX_REDACTIONS)
  expect(most.match(/a key/g)).toHaveLength(MAX_REDACTIONS)
  expect(most).not.toContain('There are more')
  const more = drawn(MAX_REDACTIONS + 1)
  expect(more.match(/a key/g)).toHaveLength(MAX_REDACTIONS)
  expect(more).toContain('There are more; the first 200 are shown.')
})
