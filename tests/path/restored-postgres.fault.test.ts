import { expect, test } from 'vitest'
import { createRecorder } from '../../client-sdk/src/recorder.js'
import { openArchive } from '../../db/archive/open-archive.js'
import { openRecording } from '../../db/archive/read-recording.js'
import { recordingPrefix } from '../../protocol/archive-format.js'
import { checkRecording } from '../support/checker.js'
import { type GeneratedEvent, generateEvents, seeded } from '../support/generate.js'
import { startOwnPostgres } from '../support/own-postgres.js'
import { aRecordedSession } from '../support/recorded-session.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld } from '../support/world.js'

const SEED = Number(process.env.TEST_SEED ?? 20261126)

/** [from, to], inclusive. */
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

test(`[I5][R6] PostgreSQL put back from a backup: what it had is there, what is missing is told, recording goes on (seed ${SEED})`, async () => {
  const postgres = await startOwnPostgres()
  try {
    await using world = await makeWorld({
      databaseUrl: postgres.databaseUrl,
      env: { FLUSH_DUE_MS: '100', SWEEP_EVERY_MS: '500', GAP_AFTER_MS: '1000' },
    })
    const processes = () => Promise.all([world.startServer(), world.startWorker()])
    let [server, worker] = await processes()
    const random = seeded(SEED)
    const old = await aRecordedSession(world, server)
    await old.send('tab', generateEvents(40, random), 'committed')
    await old.close()
    await old.archived()
    const going = await world.createSession(server)
    const recorder = createRecorder({
      // The server of after has another port.
      url: server.url,
      token: going.candidateToken,
    })
    const sent: GeneratedEvent[] = []
    const record = (events: GeneratedEvent[]) => {
      for (const event of events) recorder.record(event)
      sent.push(...events)
    }
    record(generateEvents(50, random))
    await recorder.whenCommitted()

    const closedLater = await aRecordedSession(world, server)
    await closedLater.send('tab', generateEvents(20, random), 'committed')

    const putBack = await postgres.backUp()

    // After the backup: committed and forgotten by the recorder; closed and archived; and a session that the backup does not have.
    record(generateEvents(50, random))
    await recorder.whenCommitted()
    await closedLater.send('tab', generateEvents(20, random), 'committed')
    await closedLater.close()
    await closedLater.archived()
    const newer = await world.createSession(server)

    // As docs/operations.md has it.
    await Promise.all([server.stop(), worker.stop()])
    await postgres.stop()
    await putBack()
    await postgres.start()
    ;[server, worker] = await Promise.all([
      world.startServer({ PORT: String(new URL(server.url).port) }),
      world.startWorker(),
    ])

    record(generateEvents(30, random))
    await recorder.whenCommitted()
    const closed = await world.call(server, 'POST', `/v1/sessions/${going.id}/close`, { body: {} })
    expect(closed.status).toBe(200)

    const kept = await world.readAll(server, going.id)
    const { sources } = await world.getSession(server, going.id)
    const numberOf = (id: string) => sources.find((s) => s.sourceId === id)?.source
    const found = checkRecording([{ sourceId: recorder.sourceId, events: sent }], kept, numberOf)
    expect(found).toEqual({
      lost: range(51, 100).map((seq) => `${recorder.sourceId} ${seq}`),
      doubled: [],
      reordered: [],
      altered: [],
    })
    // Nobody has to count to see that something is missing.
    expect(kept.filter(({ type }) => type === 'gap')).toMatchObject([
      { data: { source: numberOf(recorder.sourceId), fromSeq: 51, toSeq: 100 } },
    ])
    await waitFor(
      'its archive',
      async () => (await world.getSession(server, going.id)).archive.state === 'verified',
    )

    expect((await world.getSession(server, old.id)).archive.state).toBe('verified')
    expect(await world.readAll(server, old.id)).toHaveLength(40)
    // Its archive has what the database lost, and is left as it is.
    expect(
      (await world.call(server, 'POST', `/v1/sessions/${closedLater.id}/close`, { body: {} })).status,
    ).toBe(200)
    await waitFor('its archive to be kept', async () => {
      const { archive } = await world.getSession(server, closedLater.id)
      return archive.state === 'failed' && archive.error === 'ARCHIVE_AHEAD'
    })
    const store = openArchive(world.archiveUrl)
    const archived = await openRecording(store, recordingPrefix(closedLater.id))
    expect(archived.metadata.session.eventCount).toBe(40)

    const refused = createRecorder({ url: server.url, token: newer.candidateToken })
    await waitFor(
      'the recorder of a session that is gone to say so',
      () => refused.status.error?.code === 'SESSION_NOT_FOUND',
    )
    await recorder.close({ waitFor: 'nothing' })
  } finally {
    await postgres.remove()
  }
})
