import { pause } from '../chaos/pause.js'
import { type Fault, lasts, pick } from './fault.js'

export const networkCut: Fault = {
  name: 'network-cut',
  uses: ['network'],
  run: async (rig) => {
    const count = rig.network.connections
    rig.network.down()
    const time = await lasts(rig, 0, 5_000)
    rig.network.up()
    rig.say(`${count} connections cut, none taken for ${time}`)
  },
}

/** One direction carries nothing more, until what stands between learns that the connections are dead. */
export const networkHalfOpen: Fault = {
  name: 'network-half-open',
  uses: ['network'],
  run: async (rig) => {
    const silent = pick(rig, ['to-server', 'to-client'] as const)
    const count = rig.network.connections
    rig.network.halfOpen(silent)
    const time = await lasts(rig, 3_000, 10_000)
    rig.network.cut()
    rig.say(`${count} connections without a byte ${silent} for ${time}, then reset`)
  },
}

/** The same, and nobody ever tells: the recorders have to notice by themselves, within the 15 s that an answer may take. */
export const networkSilent: Fault = {
  name: 'network-silent',
  uses: ['network'],
  acksWithinMs: 22_000,
  run: async (rig) => {
    const silent = pick(rig, ['to-server', 'to-client', 'both'] as const)
    const count = rig.network.connections
    rig.network.halfOpen(silent)
    rig.say(`${count} connections without a byte ${silent === 'both' ? 'either way' : silent}, for good`)
  },
}

export const networkDelay: Fault = {
  name: 'network-delay',
  uses: ['network'],
  run: async (rig) => {
    rig.network.delay(100)
    const time = await lasts(rig, 8_000, 15_000)
    rig.network.delay(0)
    rig.say(`200 ms there and back for ${time}`)
  },
}

export const networkResets: Fault = {
  name: 'network-resets',
  uses: ['network'],
  run: async (rig) => {
    const rounds = Math.ceil(15 * rig.pace)
    for (let round = 0; round < rounds; round++) {
      rig.network.cut(0.02, rig.random)
      await pause(1_000 * rig.pace)
    }
    rig.say(`2 % of the connections reset, ${rounds} times`)
  },
}
