import { execFile } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A disk of its own for one folder, small enough to be filled. */
export interface SmallDisk {
  /** Leaves no room. */
  fill(): Promise<void>
  free(): Promise<void>
  unmount(): Promise<void>
}

const SIZE_MIB = 256

/** Mounts a tmpfs; null where that is not allowed, which takes root on Linux. */
export async function mountSmallDisk(path: string): Promise<SmallDisk | null> {
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_MIB}m`, 'tmpfs', path])
  } catch {
    return null
  }
  const ballast = join(path, '.ballast')
  return {
    fill: async () => {
      const piece = Buffer.alloc(1024 * 1024)
      // Large pieces, then small ones, until not a byte more goes in.
      for (const bytes of [piece.length, 4096, 1]) {
        const isWritten = () =>
          writeFile(ballast, piece.subarray(0, bytes), { flag: 'a' }).then(
            () => true,
            () => false,
          )
        for (let n = 0; n < SIZE_MIB * 256 && (await isWritten()); n++);
      }
    },
    free: () => rm(ballast, { force: true }),
    unmount: async () => {
      await run('umount', ['-l', path])
    },
  }
}
