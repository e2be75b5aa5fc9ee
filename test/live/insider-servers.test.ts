import { expect, test } from 'vitest'
import type { Node } from '../../src/node/node.ts'
import { documentWeight, keyWeight } from '../../src/replica/weight.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { ed25519 } from '../../src/runtime/signature.ts'
import { MadeUpServers } from '../hostile/made-up.ts'
import { Siege } from '../hostile/siege.ts'
import { tell } from '../support/measure.ts'
import { pause, until } from './network-support.ts'

/** Room for some twenty of the servers that are made up, with 40 entries each. */
const roomBytes = 20 * (documentWeight + 40 * (keyWeight + 40))

const stat = (node: Node, name: string): number => node.stats()[name] ?? 0

test('a member that makes up servers takes no room from real ones, and what it made up is named', async () => {
  const siege = await Siege.begin('servers', roomBytes)
  const { honest, insider } = siege
  try {
    await honest.expectAgreement()
    const life = { incarnation: Date.now(), nonce: 1 }
    const madeUp = new MadeUpServers({
      insider,
      cluster: honest.cluster,
      clock: systemClock,
      signatures: ed25519(),
      life,
    })
    madeUp.add(60, 40)
    insider.gossip(insider.heartbeat({}))
    for (const endMs = performance.now() + 12_000; performance.now() < endMs; await pause(1000)) madeUp.beat()
    for (const node of honest.nodes) {
      expect(stat(node, 'room_used_bytes')).toBeLessThanOrEqual(roomBytes)
      expect(stat(node, 'entities_without_room')).toBeGreaterThan(30)
      const named = node.members().filter(({ alarms }) => alarms.length > 0)
      expect(named.length).toBe(stat(node, 'entities_without_room'))
      for (const { entity } of named) expect(madeUp.entities).toContain(entity)
    }
    const [first] = honest.nodes as [Node]
    for (let at = 0; at < 300; at += 1) await first.set('device_state', `PJSIP/grown-${at}`, 'INUSE')
    const showsAll = (node: Node): boolean => node.list('device_state', 'PJSIP/grown-*').length === 300
    await until(() => honest.nodes.every(showsAll), 20_000)
    await honest.expectAgreement()
    for (const node of honest.nodes) {
      expect(stat(node, 'room_used_bytes')).toBeLessThanOrEqual(roomBytes)
      expect(stat(node, 'peers_cut_off')).toBe(0)
    }
    tell(`${honest.nodes.map((node) => stat(node, 'entities_without_room')).join(', ')} of 60 servers found no room`)
  } finally {
    await siege.end()
  }
}, 90_000)
