import { type Fault, lasts } from './fault.js'

export const postgresKill: Fault = {
  name: 'postgres-kill',
  uses: ['postgres'],
  run: async (rig) => {
    const fromMs = Date.now()
    await rig.postgres.kill()
    const down = await lasts(rig, 0, 3_000)
    await rig.postgres.start()
    rig.postgresOutages.push({ fromMs, toMs: Date.now() })
    rig.say(`PostgreSQL killed, down for ${down} and its recovery`)
  },
}

export const postgresAway: Fault = {
  name: 'postgres-away',
  uses: ['postgres'],
  run: async (rig) => {
    const fromMs = Date.now()
    await rig.postgres.stop()
    const away = await lasts(rig, 60_000, 60_000)
    await rig.postgres.start()
    rig.postgresOutages.push({ fromMs, toMs: Date.now() })
    rig.say(`PostgreSQL away for ${away}`)
  },
}
