import { type Fault, lasts } from './fault.js'

const DAY_MS = 24 * 3_600_000

/** Some computers' clocks are set, by up to a day, ahead or back. */
export const clockJump: Fault = {
  name: 'clock-jump',
  uses: ['clocks'],
  run: async (rig) => {
    const jumping = [...rig.clocks].filter(() => rig.random() < 0.3)
    for (const clock of jumping) clock.set(Math.round((rig.random() - 0.5) * 2 * DAY_MS))
    rig.say(`${jumping.length} candidates’ clocks set by up to a day`)
  },
}

/** What was sent arrived, and nobody was told; then the connections break. */
export const acksLost: Fault = {
  name: 'acks-lost',
  uses: ['candidates', 'network'],
  run: async (rig) => {
    rig.weather.acksLost = true
    const time = await lasts(rig, 1_000, 5_000)
    rig.network.cut()
    rig.weather.acksLost = false
    rig.say(`Batches taken without an answer for ${time}, then the connections reset`)
  },
}

export const batchesTwice: Fault = {
  name: 'batches-twice',
  uses: ['candidates'],
  run: async (rig) => {
    rig.weather.batchesTwice = true
    const time = await lasts(rig, 5_000, 15_000)
    rig.weather.batchesTwice = false
    rig.say(`Each batch twice, the second time late, for ${time}`)
  },
}
