import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import type { RecordableEvent } from '../../../client-sdk/src/recorder-types.js'
import type { EventData } from '../../../protocol/event-schemas.js'
import type { ReplayState } from '../../../replay/state.js'
import { replay } from '../../../replay/test-support/replay.js'
import { waitFor } from '../../support/wait-for.js'

export const eventsOf = (page: Page): Promise<RecordableEvent[]> =>
  page.evaluate(() => editorPage.recorder.events)

/** What replay makes of the events, of one source. */
export const replayed = async (page: Page): Promise<ReplayState> =>
  replay((await eventsOf(page)).map(({ type, data, fileId = null }) => ({ type, data, fileId })))

/** Where replay, by the events, has another text than the editor, or had to mend one on the way; or another cursor. */
export async function expectSame(page: Page, path: string): Promise<void> {
  const { text, caret } = await page.evaluate(() => ({ text: editorPage.text(), caret: editorPage.caret() }))
  const state = await replayed(page)
  const file = state.files.find((one) => one.path === path)
  expect(file?.text).toBe(text)
  expect(state.divergences).toEqual([])
  await waitFor('the cursor', async () => {
    const now = (await replayed(page)).files.find((one) => one.path === path)?.selection ?? {
      anchor: 0,
      head: 0,
    }
    return now.anchor === caret.anchor && now.head === caret.head
  })
}

type Edit = EventData<'code_edit'> & { source?: string }

export const editsIn = (events: readonly RecordableEvent[]): Edit[] =>
  events.filter(({ type }) => type === 'code_edit').map(({ data }) => data as Edit)

export const editsOf = async (page: Page): Promise<Edit[]> => editsIn(await eventsOf(page))

/** Each edit's origin, and `from` a source where one is said; runs of the same once. */
export async function originsOf(page: Page): Promise<string[]> {
  const origins = (await editsOf(page)).map(({ origin, source }) =>
    source ? `${origin} ${source}` : `${origin}`,
  )
  return origins.filter((origin, i) => origin !== origins[i - 1])
}

export const typesOf = (events: readonly RecordableEvent[]): string[] => events.map(({ type }) => type)
