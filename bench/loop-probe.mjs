// Loaded into a process that is measured (node --import): how much processor time passed at most between two turns of its
// event loop. Waiting for the processor, on a machine that others use too, does not count.
let longestMs = 0
const processorMs = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
let last = processorMs()
setInterval(() => {
  const now = processorMs()
  longestMs = Math.max(longestMs, now - last)
  last = now
}, 1).unref()

process.on('message', () => {
  process.send?.({ longestMs })
  longestMs = 0
})
