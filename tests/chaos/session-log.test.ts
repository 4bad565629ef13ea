import { expect, test } from 'vitest'
import { SessionLog } from './session-log.js'

test('[I1] a log tells when its recorder was told of fewer received events than before', () => {
  const log = new SessionLog('session', 'source')
  log.told(3, 0, 1_000)
  log.told(5, 3, 2_000)
  log.told(5, 3, 3_000)
  expect(log.takenBackAtMs).toEqual([])
  log.told(4, 3, 4_000)
  log.told(6, 3, 5_000)
  expect(log.takenBackAtMs).toEqual([4_000])
  expect([log.ackedSeq, log.receivedSeqNow, log.committedSeq]).toEqual([6, 6, 3])
})
