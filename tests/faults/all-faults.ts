import { diskFull, s3Away, s3UploadsBreak, s3WrongBytes } from './archive.js'
import { acksLost, batchesTwice, clockJump } from './candidates.js'
import type { Fault } from './fault.js'
import { networkCut, networkDelay, networkHalfOpen, networkResets, networkSilent } from './network.js'
import { postgresAway, postgresKill } from './postgres.js'
import { redisEmptied, redisKill, redisMasterKill, redisOlder } from './redis.js'
import { rollingRestart } from './restart.js'
import { serverKill } from './servers.js'
import { workerFrozen, workerKill } from './workers.js'

/** Every fault there is. */
export const ALL_FAULTS: readonly Fault[] = [
  serverKill,
  workerKill,
  workerFrozen,
  redisKill,
  redisEmptied,
  redisOlder,
  redisMasterKill,
  postgresKill,
  postgresAway,
  s3Away,
  s3UploadsBreak,
  s3WrongBytes,
  diskFull,
  networkCut,
  networkHalfOpen,
  networkSilent,
  networkDelay,
  networkResets,
  clockJump,
  acksLost,
  batchesTwice,
  rollingRestart,
]
