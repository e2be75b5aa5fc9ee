import { afterEach, beforeEach, expect, test } from 'vitest'
import { limits } from '../../src/protocol/limits.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { ed25519 } from '../../src/runtime/signature.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import { boundless, standsOf } from '../hostile/boundless.ts'
import type { HonestNodes } from '../hostile/honest-nodes.ts'
import type { Insider } from '../hostile/insider.ts'
import { Siege } from '../hostile/siege.ts'
import { value } from '../replica/setup.ts'
import { round, tell } from '../support/measure.ts'
import { pause } from './network-support.ts'

const self = '02:00:00:00:66:66' as EntityId
const life = { incarnation: Date.now(), nonce: 1 }

/** Of three nodes, in megabytes: some copies of the largest document, each in several forms, and the garbage of a busy minute. */
const growthMaxMb = 400

let siege: Siege
let honest: HonestNodes
let insider: Insider

beforeEach(async () => {
  siege = await Siege.begin('copies')
  honest = siege.honest
  insider = siege.insider
})

afterEach(() => siege.end())

const megabytes = (): number => process.memoryUsage().rss / 2 ** 20

const many = (count: number): [string, Uint8Array][] =>
  Array.from({ length: count }, (_, at) => [`PJSIP/made-up-${at}`, value(at + 1, 2)])

/** A member that has these entries, properly signed, and says so each second. */
async function insist(entries: readonly [string, Uint8Array][], isOver: () => boolean, limitMs: number): Promise<void> {
  const { cluster } = honest
  const sign = (bytes: Uint8Array): Uint8Array => ed25519().sign(insider.keys, bytes)
  const replica = boundless({ insider, cluster, self, life, clock: systemClock, sign })
  replica.write('device_state', new Map(entries))
  const endMs = performance.now() + limitMs
  while (!isOver()) {
    if (performance.now() > endMs) throw new Error(`it did not happen within ${limitMs} ms`)
    const word = insider.heartbeat({ entity: self, life, stands: standsOf(replica, self) })
    insider.gossip(word)
    insider.askAll(word)
    await pause(500)
  }
}

test.each<[string, () => [string, Uint8Array][]]>([
  ['a giant key', () => [[`PJSIP/${'x'.repeat(2000)}`, value(1)]]],
  ['a giant value', () => [['PJSIP/giant', new Uint8Array(40_000).fill(1)]]],
  ['more keys than a document may have', () => many(limits.keysPerDocumentMax + 500)],
])(
  'a member that insists on %s is named and cut off, and nothing of it is shown',
  async (what, entries) => {
    const beforeMb = megabytes()
    const startMs = performance.now()
    const cutOff = (): boolean => honest.nodes.every((node) => (node.stats()['peers_cut_off'] ?? 0) > 0)
    await insist(entries(), cutOff, 60_000)
    const cutOffMs = performance.now() - startMs
    await honest.expectCutOff(insider.network.self)
    for (const node of honest.nodes) expect([...node.list('device_state', 'PJSIP/*')]).toEqual([])
    await honest.expectAgreement()
    const grownMb = megabytes() - beforeMb
    expect(grownMb).toBeLessThan(growthMaxMb)
    tell(`${what}: cut off by all three after ${round(cutOffMs)}, ${grownMb.toFixed(0)} MB more`)
  },
  120_000,
)
