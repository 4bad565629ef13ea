import type { Fault } from './fault.js'

/** SIGTERM and a new start of each in turn, as an update does it. */
export const rollingRestart: Fault = {
  name: 'rolling-restart',
  uses: ['servers', 'workers', 'redis', 'postgres'],
  run: async (rig) => {
    const parts = [...rig.servers, ...rig.workers, rig.redis, rig.postgres]
    for (const part of parts) {
      await part.stop()
      await part.start()
    }
    rig.say('Servers, workers, Redis and PostgreSQL restarted in turn')
  },
}
