/** Now, in µs of the system's monotonic clock, which the processes of one machine share. */
export const nowUs = () => Number(process.hrtime.bigint() / 1000n)
