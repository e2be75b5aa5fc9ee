import { expect, test } from 'vitest'
import { Conduct, type Offence } from '../../src/node/conduct.ts'
import { limits, rates } from '../../src/protocol/limits.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import type { PeerId } from '../../src/state/peer-id.ts'

function watched(): { conduct: Conduct; clock: VirtualClock; out: [PeerId, Offence][] } {
  const [clock, out]: [VirtualClock, [PeerId, Offence][]] = [new VirtualClock(), []]
  return { clock, out, conduct: new Conduct({ clock, cutOff: (peer, offence) => out.push([peer, offence]) }) }
}

const [peer, other] = ['peer', 'other'] as [PeerId, PeerId]

test('what is broken again and again cuts a peer off, for a time, and nobody else', () => {
  const { conduct, clock, out } = watched()
  for (let time = 0; time < 4; time += 1) conduct.blame(peer, 'broken-message')
  expect(conduct.isOut(peer)).toBe(false)
  conduct.blame(peer, 'broken-message')
  expect(out).toEqual([[peer, 'broken-message']])
  expect([conduct.isOut(peer), conduct.isOut(other)]).toEqual([true, false])
  clock.advance(limits.cutOffMs)
  expect(conduct.isOut(peer)).toBe(false)
})

test('what is broken now and then is forgiven', () => {
  const { conduct, clock, out } = watched()
  for (let time = 0; time < 100; time += 1) {
    conduct.blame(peer, 'broken-message')
    clock.advance(30_000)
  }
  expect(out).toEqual([])
})

test('a storm is borne, a flood is not taken and cuts off who goes on with it', () => {
  const { conduct, clock, out } = watched()
  for (let at = 0; at < rates.messages.burst; at += 1) expect(conduct.mayGossip(peer, 100)).toBe(true)
  expect(conduct.mayGossip(peer, 100)).toBe(false)
  expect(conduct.mayGossip(other, 100)).toBe(true)
  clock.advance(1000)
  expect(conduct.mayGossip(peer, 100)).toBe(true)
  for (let ms = 0; ms < 20_000 && out.length === 0; ms += 1) {
    clock.advance(1)
    for (let at = 0; at < 20; at += 1) conduct.mayGossip(peer, 100)
  }
  expect(out).toEqual([[peer, 'flood']])
})

test('bytes and questions have budgets of their own, and what is kept of peers is bounded', () => {
  const { conduct } = watched()
  let bytes = 0
  while (conduct.mayGossip(peer, limits.messageMaxBytes)) bytes += limits.messageMaxBytes
  expect(bytes).toBeLessThanOrEqual(rates.bytes.burst)
  let questions = 0
  while (conduct.mayAsk(other, 100)) questions += 1
  expect(questions).toBe(rates.questions.burst)
  for (let at = 0; at < 3 * limits.membersMax; at += 1) conduct.mayAsk(`stranger ${at}` as PeerId, 100)
  // The one that had spent all was forgotten for others, and begins anew.
  expect(conduct.mayAsk(other, 100)).toBe(true)
})

test('who doubts all members of the largest cluster at once, and passes on what it may, does not flood; and can still say that it lives', () => {
  const { conduct, out } = watched()
  const doubts = limits.membersMax + rates.passedOn.burst
  for (let at = 0; at < doubts; at += 1) expect(conduct.mayAccuse(peer)).toBe(true)
  let more = 0
  while (conduct.mayAccuse(peer)) more += 1
  expect(doubts + more).toBe(rates.accusations.burst)
  expect(conduct.mayAnnounce(peer)).toBe(true)
  expect(out).toEqual([])
})

test('a question costs its bytes, too', () => {
  const { conduct } = watched()
  const bytes = 100 * rates.bytesPerQuestion
  let questions = 0
  while (conduct.mayAsk(other, bytes)) questions += 1
  expect(questions).toBe(Math.floor(rates.questions.burst / 101))
})

test('who says falsely where copies stand, twice a second, is cut off in 15 s; who does so at comparisons alone is not', () => {
  const { conduct, clock, out } = watched()
  for (let ms = 0; ms < 600_000; ms += 2500) {
    clock.advance(2500)
    // One answer may have thousands of them.
    for (let times = 0; times < 1000; times += 1) conduct.toldFalsely(peer)
  }
  expect(out).toEqual([])
  for (let ms = 0; ms < 15_000; ms += 500) {
    clock.advance(500)
    conduct.toldFalsely(other)
  }
  expect(out).toEqual([[other, 'false-stand']])
})
