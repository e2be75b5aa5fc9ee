/**
 * Milliseconds of the machine's monotonic clock. On Linux `process.hrtime` reads CLOCK_MONOTONIC, which counts from the boot and is the
 * same in every process and every network namespace; `Fleet` checks that before anything is timed with it.
 */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6
