import fc from 'fast-check'

/**
 * The seed of this run's random tests: from LAMPFIELD_SEED where it is set, so that a failure reruns exactly, else by chance.
 * Printed once in each test file, because a failure without its seed is worth little.
 */
export const seed: number = Number(process.env['LAMPFIELD_SEED'] ?? Math.floor(Math.random() * 2 ** 31))

process.stdout.write(`LAMPFIELD_SEED=${seed}\n`)
fc.configureGlobal({ seed })
