import { type Fault, lasts, pick } from './fault.js'

/** kill -9; what it held open is the other server's, or waits where both were killed. */
export const serverKill: Fault = {
  name: 'server-kill',
  uses: ['servers'],
  run: async (rig) => {
    const killed = rig.random() < 0.3 ? rig.servers : [pick(rig, rig.servers)]
    await Promise.all(killed.map((server) => server.kill()))
    const down = await lasts(rig, 200, 4_000)
    await Promise.all(killed.map((server) => server.start()))
    rig.say(`${killed.map(({ name }) => name).join(' and ')} killed, down for ${down} and a start`)
  },
}
