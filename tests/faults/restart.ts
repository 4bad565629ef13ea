import type { Fault } from './fault.js'

/** SIGTERM and a new start of each in turn, as an update does it. */
export const rollingRestart: Fault = {
  name: 'rolling-restart',
  uses: ['servers', 'workers', 'redis', 'postgres'],
  run: async (rig) => {
    const restart = async (part: { stop(): Promise<void>; start(): Promise<void> }) => {
      await part.stop()
      await part.start()
    }
    for (const part of [...rig.servers, ...rig.workers]) await restart(part)
    if (rig.redis !== null) await restart(rig.redis)
    await rig.cluster?.restartInTurn()
    await restart(rig.postgres)
    rig.say('Servers, workers, Redis and PostgreSQL restarted in turn')
  },
}
