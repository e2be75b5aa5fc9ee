import { expect, test } from 'vitest'
import { systemClock } from '../../src/runtime/clock.ts'
import { seededRandom, systemRandom, type Random } from '../../src/runtime/random.ts'
import { processClock, skewedClock, VirtualClock } from '../../src/runtime/virtual-clock.ts'
import { clockContract } from '../../src/testing/clock-contract.ts'
import { randomContract } from '../../src/testing/random-contract.ts'
import { contractSuite } from '../contract/suite.ts'

const virtual = (): VirtualClock => new VirtualClock()

contractSuite(
  'the clock contract: the machine’s time',
  clockContract(() => ({
    clock: systemClock,
    pass: (ms) =>
      new Promise((resolve) => {
        setTimeout(resolve, ms)
      }),
  })),
)
contractSuite(
  'the clock contract: virtual time',
  clockContract(() => {
    const clock = virtual()
    return { clock, pass: (ms) => clock.advanceAsync(ms) }
  }),
)
contractSuite(
  'the clock contract: a machine whose clock is fast',
  clockContract(() => {
    const clock = virtual()
    return { clock: skewedClock(clock, { offsetMs: -5000, rate: 1.5 }), pass: (ms) => clock.advanceAsync(ms) }
  }),
)
contractSuite(
  'the clock contract: a process',
  clockContract(() => {
    const clock = virtual()
    return { clock: processClock(clock), pass: (ms) => clock.advanceAsync(ms) }
  }),
)
contractSuite(
  'the random contract: the operating system',
  randomContract(() => systemRandom),
)
contractSuite(
  'the random contract: from a seed',
  randomContract(() => seededRandom(5)),
)

test('the contracts find out what breaks them', async () => {
  const flat: Random = { uint32: () => 7, below: () => 7, fraction: () => 0.7 }
  const fraction: Random = { uint32: () => 1.5, below: () => 16, fraction: () => 1 }
  for (const random of [flat, fraction]) {
    for (const { run } of randomContract(() => random)) await expect(run()).rejects.toThrow()
  }
  const time = virtual()
  const eager = { ...systemClock, after: (_delayMs: number, task: () => void) => (task(), () => {}) }
  const broken = clockContract(() => ({ clock: eager, pass: (ms) => time.advanceAsync(ms) }))
  const failed = await Promise.allSettled(broken.map(({ run }) => run()))
  expect(failed.filter(({ status }) => status === 'rejected').length).toBeGreaterThanOrEqual(5)
})
