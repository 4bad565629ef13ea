import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RecordedEvent } from '../../protocol/events.js'
import { openBrowser, openPage } from '../support/browser.js'
import type { ProductProcess } from '../support/process.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'
import { servePages } from './page-server.js'
import { copyInto, makeProject, type Project } from './project.js'

let world: World
let server: ProductProcess
let browser: Browser
let project: Project

beforeAll(async () => {
  const [started, made] = await Promise.all([startService(), makeProject()])
  world = started.world
  server = started.server
  project = made
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  project?.[Symbol.dispose]()
  await world?.[Symbol.asyncDispose]()
})

async function startService() {
  const world = await makeWorld({ env: { FLUSH_DUE_MS: '200' } })
  const [server] = await Promise.all([world.startServer(), world.startWorker()])
  return { world, server }
}

/** What README says that a page's policy needs for the recorder: to connect to the service, over both. */
const connections = () => `connect-src ${server.url} ${server.url.replace('http', 'ws')}`

test('a Vite project that takes everything from the package compiles, builds, runs, and is recorded', async () => {
  copyInto(project, 'vite-project', '.')
  await project.tool('typescript/bin/tsc', ['-p', '.'])
  await project.tool('vite/bin/vite.js', ['build', '--logLevel', 'warn'])
  const policy = `default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; ${connections()}`
  await using pages = await servePages(join(project.dir, 'dist'), { policy })
  const session = await world.createSession(server)

  const { page, misdeeds } = await openPage(browser, pages.url)
  await page.goto(`${pages.url}/#${new URLSearchParams({ url: server.url, token: session.candidateToken })}`)
  await page.click('.cm-content')
  await page.keyboard.press('Control+End')
  await page.keyboard.type('let b')
  const events = await committed(page, session.id)

  const edits = events.filter(({ type }) => type === 'code_edit').map(({ data }) => data)
  expect(edits[0]).toMatchObject({ changes: [[0, 0, '// hi\n']], origin: 'ai' })
  expect(edits.slice(1).map((edit) => edit.origin)).toEqual(Array(5).fill('typed'))
  expect(misdeeds.filter((misdeed) => !misdeed.includes(server.url.slice(5)))).toEqual([])
})

type Told = RecordedEvent & { data: Record<string, unknown> }

/** The rows of a session, once all that its page has recorded is in the database. */
async function committed(page: Page, sessionId: string): Promise<Told[]> {
  await page.evaluate(() => (window as unknown as { recorder: Recorder }).recorder.whenCommitted())
  return (await waitFor('the rows', () => world.readAll(server, sessionId))) as Told[]
}

interface Recorder {
  whenCommitted(): Promise<void>
}
