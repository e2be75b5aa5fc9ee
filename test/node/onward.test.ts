import { expect, test } from 'vitest'
import { Conduct } from '../../src/node/conduct.ts'
import { Onward } from '../../src/node/onward.ts'
import { limits, rates } from '../../src/protocol/limits.ts'
import { seededRandom } from '../../src/runtime/random.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import type { PeerId } from '../../src/state/peer-id.ts'
import { seed } from '../support/seed.ts'

const relay = 'relay' as PeerId

test('what goes on from here never floods a neighbour, whoever says how much, also when it comes late', () => {
  const random = seededRandom(seed)
  const [clock, out]: [VirtualClock, PeerId[]] = [new VirtualClock(), []]
  const onward = new Onward(clock)
  const neighbour = new Conduct({ clock, cutOff: (peer) => out.push(peer) })
  let [late, passed] = [0, 0]
  for (let ms = 0; ms < 120_000; ms += 1) {
    clock.advance(1)
    for (let word = random.below(3); word > 0; word -= 1) {
      if (!onward.takes(`origin ${random.below(3000)}`, () => random.below(2) === 0)) continue
      passed += 1
      late += 1
    }
    // Now and then the link stands still for a second and a half; then all comes at once.
    if (ms % 10_000 < 8500) for (; late > 0; late -= 1) expect(neighbour.mayAnnounce(relay)).toBe(true)
  }
  expect(out).toEqual([])
  expect(passed).toBeGreaterThan(100 * rates.passedOn.perSecond)
})

test('where all of the largest cluster start at one moment, the first word of each goes on, and floods nobody', () => {
  const clock = new VirtualClock()
  const onward = new Onward(clock)
  const neighbour = new Conduct({ clock, cutOff: () => {} })
  for (let member = 1; member <= limits.membersMax; member += 1) {
    expect(onward.takes(`member ${member}`, () => false)).toBe(true)
    expect(neighbour.mayAnnounce(relay)).toBe(true)
  }
})

test('one origin takes no more than its share', () => {
  const clock = new VirtualClock()
  const onward = new Onward(clock)
  let passed = 0
  for (let ms = 0; ms < 60_000; ms += 1) {
    clock.advance(1)
    if (onward.takes('loud', () => true)) passed += 1
    if (ms % 1000 === 0) expect(onward.takes('another', () => false)).toBe(true)
  }
  expect(passed).toBeLessThanOrEqual(rates.passedOnOfOne.burst + 60 * rates.passedOnOfOne.perSecond)
})

test('a flood of names leaves enough for those that were known first', () => {
  const clock = new VirtualClock()
  const onward = new Onward(clock)
  let [first, others] = [0, 0]
  for (let ms = 0; ms < 60_000; ms += 1) {
    clock.advance(1)
    for (let word = 0; word < 2; word += 1) if (onward.takes(`name ${ms % limits.membersMax}`, () => false)) others += 1
    // A hundred a second of two hundred servers.
    if (ms % 10 === 0 && onward.takes(`server ${(ms / 10) % 200}`, () => true)) first += 1
  }
  expect(first).toBe(6000)
  expect(others).toBeGreaterThan(1000)
})
