// Loaded into a process whose memory is measured (node --import): on SIGUSR2 it collects its garbage, so that what is in use is
// measured and not what would be freed some day.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc')
process.on('SIGUSR2', () => collect())
