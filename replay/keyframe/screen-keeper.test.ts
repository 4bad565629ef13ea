import { expect, test } from 'vitest'
import { apply } from '../fold/apply.js'
import { EMPTY_FOLD } from '../fold/fold.js'
import { record } from '../test-support/recordings.js'
import { type Screen, ScreenKeeper } from './screen-keeper.js'

/** Notes what it is given. */
class NotedScreen implements Screen {
  readonly given: string[] = []
  resize = (columns: number, rows: number) => void this.given.push(`${columns}x${rows}`)
  write = async (data: string) => void this.given.push(data)
  serialize = async () => 'the screen'
  dispose = () => {}
}

const out = (data: string) => ({ type: 'terminal_stream', data: { channel: 'o', data } })
const size = (data: string) => ({ type: 'terminal_stream', data: { channel: 'r', data } })

async function givenOf(drafts: readonly ReturnType<typeof out>[]): Promise<string[]> {
  const screen = new NotedScreen()
  const keeper = new ScreenKeeper(() => screen, 10, 1)
  const fold = await keeper.shortened(record(drafts).reduce(apply, EMPTY_FOLD))
  expect(fold.base?.serialized).toBe('the screen')
  return screen.given
}

test('pieces that were printed one after another are one write, with changes of size in their place', async () => {
  const lines = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => out(`line ${from + i}\r\n`))
  const printed = (from: number, to: number) =>
    lines(from, to)
      .map(({ data }) => data.data)
      .join('')
  expect(await givenOf([...lines(0, 300), size('100x30'), ...lines(300, 600), out('rest')])).toEqual([
    printed(0, 300),
    '100x30',
    printed(300, 600),
  ])
})

test('what is long is written in several pieces', async () => {
  const line = `${'x'.repeat(40_000)}\r\n`
  expect(await givenOf([out(line), out(line), out(line)])).toEqual([line + line, line])
})
