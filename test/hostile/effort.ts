import { cpuUsage } from 'node:process'

/** Milliseconds of CPU that this process has used. How many others wait for the same cores has no part in it. */
export function cpuMs(): number {
  const { user, system } = cpuUsage()
  return (user + system) / 1000
}

const bytes = Buffer.alloc(2_000_000, 'lampfield')

/** Something to measure others by: each byte of two megabytes looked at once. Some 2 ms; it takes longer where others share caches and core. */
function lookAtAll(): number {
  let sum = 0
  for (let at = 0; at < bytes.length; at += 1) sum = (Math.imul(sum, 31) + (bytes[at] ?? 0)) | 0
  return sum
}

/** What that takes now: the least of several times, since any of them may have been disturbed. Milliseconds of CPU. */
export function referenceMs(): number {
  let leastMs = Infinity
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const startMs = cpuMs()
    lookAtAll()
    leastMs = Math.min(leastMs, cpuMs() - startMs)
  }
  return leastMs
}
