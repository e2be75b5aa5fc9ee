import { beforeEach, expect, test } from 'vitest'
import type { AntiEntropy } from '../../src/node/anti-entropy.ts'
import { Counters } from '../../src/node/counters.ts'
import type { Entries } from '../../src/node/entries.ts'
import type { Members } from '../../src/node/members.ts'
import { TransferIntake } from '../../src/node/transfer-intake.ts'
import { silentLog } from '../../src/runtime/log.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import type { DocumentId } from '../../src/state/document-id.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import type { PeerId } from '../../src/state/peer-id.ts'
import { entityIdOf } from '../../src/testing/virtual-cluster.ts'

const peer = 'peer' as PeerId

let clock: VirtualClock
let counters: Counters
/** How many disagreements a person was told of. */
let told: number
let intake: TransferIntake

beforeEach(() => {
  clock = new VirtualClock()
  counters = new Counters()
  told = 0
  intake = new TransferIntake({
    entity: entityIdOf(1) as EntityId,
    folds: new Map(),
    entries: { replica: { isProven: () => true, drop: () => {} } } as unknown as Entries,
    members: { nameOf: String, nameOfPeer: String, linkedPeer: () => peer } as unknown as Members,
    waitlist: { isTurnedAway: () => false },
    antiEntropy: () => ({ compare: () => {} }) as unknown as AntiEntropy,
    counters,
    clock,
    log: silentLog,
    tell: () => {
      told += 1
    },
    isPassedOn: () => false,
    gatekeeper: { blame: () => {}, toldFalsely: () => {} },
  })
})

/** Its owner says that this document is another one than the copy here. */
function disagree(number: number): void {
  const document: DocumentId = { entity: entityIdOf(2 + number) as EntityId, channel: 'device_state', shard: 0 }
  const version = { incarnation: 1, nonce: 1, epoch: 0, clock: 1 }
  intake.disagree({ document, version, mark: new Uint8Array(8) }, peer, true)
}

/** Whether the first document is fetched anew once more, after others were, within the time in which that happens but once. */
function isFetchedAgain(others: number): boolean {
  for (let number = 0; number <= others; number += 1) disagree(number)
  const before = counters.get('repairs')
  expect(before).toBe(others + 1)
  clock.advance(9000)
  disagree(0)
  return counters.get('repairs') > before
}

test('a copy is fetched anew at most once in 10 s', () => {
  expect(isFetchedAgain(4095)).toBe(false)
  clock.advance(1000)
  disagree(0)
  expect(counters.get('repairs')).toBe(4097)
})

test('of 4096 copies it is kept in mind, and not of more (invariant 7)', () => {
  expect(isFetchedAgain(4096)).toBe(true)
})

test('a person is told of a disagreement once in 10 s; of 1024 that is kept in mind, and not of more (invariant 7)', () => {
  for (let number = 0; number < 1024; number += 1) disagree(number)
  disagree(0)
  expect(told).toBe(1024)
  disagree(1024)
  disagree(0)
  expect(told).toBe(1026)
})
