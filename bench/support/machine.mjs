import { cpus, loadavg, totalmem } from 'node:os'

/** What the figures were measured on, and how busy it was with other things. */
export const machineNow = () => ({
  cpu: `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}`,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  load: loadavg().map((load) => Math.round(load * 10) / 10),
})
