import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Node } from '../../src/node/node.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { ed25519 } from '../../src/runtime/signature.ts'
import { encodeEntry } from '../../src/state/entry.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import { driftMaxMs, stampAt, stampMax, type Stamp } from '../../src/state/stamp.ts'
import { boundless, standsOf } from '../hostile/boundless.ts'
import type { HonestNodes } from '../hostile/honest-nodes.ts'
import type { Insider } from '../hostile/insider.ts'
import { Siege } from '../hostile/siege.ts'
import { pause, until } from './network-support.ts'

const self = '02:00:00:00:66:66' as EntityId
const life = { incarnation: Date.now(), nonce: 1 }
const [shared, fresh] = ['100@default', '101@default']

let siege: Siege
let honest: HonestNodes
let insider: Insider

const waiting = (node: Node, box: string): number | undefined => {
  return (node.get('mwi', box) as { readonly newMessages: number } | undefined)?.newMessages
}

/** One server says it, and all show it. */
async function expectSaid(node: Node, box: string, newMessages: number): Promise<void> {
  await node.set('mwi', box, { newMessages, oldMessages: 0 })
  await until(() => honest.nodes.every((other) => waiting(other, box) === newMessages))
}

beforeEach(async () => {
  siege = await Siege.begin('clock')
  honest = siege.honest
  insider = siege.insider
})

afterEach(() => siege.end())

/** What the insider wrote is what all show, and it goes on living. */
async function liveAhead(stamp: Stamp): Promise<{ readonly end: () => Promise<void> }> {
  const sign = (bytes: Uint8Array): Uint8Array => ed25519().sign(insider.keys, bytes)
  const replica = boundless({ insider, cluster: honest.cluster, self, life, clock: systemClock, sign })
  replica.write('mwi', new Map([[shared, encodeEntry(stamp, Uint8Array.of(99, 0))]]))
  replica.write('device_state', new Map([['PJSIP/theirs', encodeEntry(stamp, Uint8Array.of(2))]]))
  const over = new AbortController()
  const living = (async (): Promise<void> => {
    while (!over.signal.aborted) {
      const channels = ['device_state', 'mwi'].map((channel) => ({ channel, publish: true, subscribe: true }))
      const word = insider.heartbeat({ entity: self, life, channels, stands: standsOf(replica, self) })
      insider.gossip(word)
      insider.askAll(word)
      await pause(250)
    }
  })()
  await until(() => honest.nodes.every((node) => waiting(node, shared) === 99))
  return {
    end: async () => {
      over.abort()
      await living
      await insider.network.stop()
      const isGone = (node: Node): boolean =>
        node.members().every(({ entity, status }) => entity !== self || status === 'down')
      await until(() => honest.nodes.every(isGone), 20_000)
    },
  }
}

test.each<[string, Stamp]>([
  ['a year ahead', stampAt(Date.now() + 365 * driftMaxMs)],
  ['at the end of all time but one', (stampMax - 1) as Stamp],
  ['at the end of all time', stampMax],
])('a member whose clock is %s has its own entries, and drags nobody along', async (_when, stamp) => {
  const [first, second, third] = honest.nodes as [Node, Node, Node]
  await first.set('device_state', 'PJSIP/true', 'INUSE')
  const { end } = await liveAhead(stamp)

  // Its lamp is its own affair; the others' lamps, and keys of which it says nothing, are as if it were not there.
  for (const node of honest.nodes) expect(node.get('device_state', 'PJSIP/theirs')).toBe('INUSE')
  await until(() => honest.nodes.every((node) => node.get('device_state', 'PJSIP/true') === 'INUSE'))
  const beforeMs = Date.now()
  await expectSaid(second, fresh, 1)
  for (const node of honest.nodes) {
    const [entry] = node.explain('mwi', fresh).entries
    expect(entry?.sinceMs).toBeGreaterThanOrEqual(beforeMs)
    expect(entry?.sinceMs).toBeLessThanOrEqual(Date.now())
  }

  // Of a key where the latest word counts, whoever speaks after it has the last word, as long as there is a later stamp.
  if (stamp < stampMax) await expectSaid(first, shared, 1)
  else await first.set('mwi', shared, { newMessages: 1, oldMessages: 0 })
  await honest.expectAgreement()

  // Once it is gone and whoever answered it has spoken again, nothing is left of it.
  await end()
  await expectSaid(first, shared, 2)
  await expectSaid(third, shared, 3)
  await expectSaid(first, shared, 4)
  await expectSaid(second, shared, 5)
})
