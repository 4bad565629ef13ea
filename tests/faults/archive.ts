import type { Rig } from '../chaos/rig.js'
import type { S3Mood } from '../support/s3-proxy.js'
import { type Fault, lasts } from './fault.js'

const needsS3 = ({ s3 }: Rig) => (s3 === null ? 'the archive is a directory' : null)

const s3Fault = (name: string, mood: Exclude<S3Mood, 'up'>, does: string): Fault => ({
  name,
  uses: ['archive'],
  obstacle: needsS3,
  run: async (rig) => {
    const { s3 } = rig
    if (s3 === null) return
    const before = s3.failed[mood]
    s3.mood = mood
    const time = await lasts(rig, 8_000, 25_000)
    s3.mood = 'up'
    rig.say(`S3 ${does} for ${time}, ${s3.failed[mood] - before} requests`)
  },
})

export const s3Away = s3Fault('s3-away', 'away', 'away')
export const s3UploadsBreak = s3Fault('s3-uploads-break', 'breaking', 'breaking off uploads in the middle')
export const s3WrongBytes = s3Fault('s3-wrong-bytes', 'lying', 'answering with wrong bytes')

export const diskFull: Fault = {
  name: 'disk-full',
  uses: ['archive'],
  obstacle: ({ s3, disk }) =>
    s3 !== null ? 'the archive is on S3' : disk === null ? 'a disk can’t be mounted here' : null,
  run: async (rig) => {
    if (rig.disk === null) return
    await rig.disk.fill()
    const time = await lasts(rig, 8_000, 25_000)
    await rig.disk.free()
    rig.say(`The archive’s disk full for ${time}`)
  },
}
