import { beforeEach, describe, expect, test } from 'vitest'
import { createMemoryNetwork } from '../../src/network/memory-network.ts'
import { decodeMessage } from '../../src/protocol/decode.ts'
import { announcementBytes } from '../../src/protocol/encode.ts'
import type { HeartbeatMessage } from '../../src/protocol/messages.ts'
import { peerIdOf } from '../../src/state/peer-id.ts'
import { MemoryDisk } from '../../src/storage/memory-store.ts'
import { Insider } from '../hostile/insider.ts'
import { Cluster, type Server } from '../support/cluster.ts'
import { seed } from '../support/seed.ts'

let cluster: Cluster
let a: Server
let b: Server

beforeEach(async () => {
  cluster = new Cluster({ seed })
  ;[a, b] = (await cluster.add(2)) as [Server, Server]
  expect(await cluster.settle()).toBeDefined()
  await a.set('PJSIP/old', 'INUSE')
  await a.set('PJSIP/both', 'INUSE')
  await a.set('Custom:kept', 'BUSY')
  await cluster.until(() => b.get('Custom:kept') === 'BUSY', 100)
})

/** After a restart only what was said in the new life counts. */
const expectNewLifeOnly = async (kept: string | undefined): Promise<void> => {
  await a.set('PJSIP/both', 'RINGING')
  const isNew = (): boolean => b.get('PJSIP/both') === 'RINGING'
  expect(await cluster.until(isNew, 20_000, 5)).toBeDefined()
  await cluster.pass(20_000)
  expect(b.get('PJSIP/both')).toBe('RINGING')
  expect(b.get('PJSIP/old')).toBeUndefined()
  expect(b.get('Custom:kept')).toBe(kept)
}

/**
 * With a new key it does not count: the binding stands, and both sides say so and name the remedy. Then the operator forgets the
 * binding.
 */
const expectTurnedAway = async (): Promise<void> => {
  await a.set('PJSIP/new', 'INUSE')
  const remedy = `lampfield trust forget ${a.node.entity}`
  const says = (server: Server): boolean =>
    server.node.members().some(({ entity, alarms }) => entity === a.node.entity && alarms.join().includes(remedy))
  expect(await cluster.until(() => says(a) && says(b), 10_000, 10)).toBeDefined()
  await cluster.pass(20_000)
  expect(says(a) && says(b)).toBe(true)
  expect(b.get('PJSIP/new')).toBeUndefined()
  expect((await cluster.letRun(b.node.check())).agreed).toBe(false)
  expect((await cluster.letRun(a.node.check())).agreed).toBe(false)
  expect(b.node.trust()).toMatchObject([{ entity: a.node.entity, standing: 'down', claimedBy: a.node.peer }])
  expect(await cluster.letRun(b.node.forgetTrust(a.node.entity))).toBe(true)
  expect(await cluster.until(() => b.get('PJSIP/new') === 'INUSE', 10_000, 10)).toBeDefined()
  expect(b.node.trust()).toMatchObject([{ entity: a.node.entity, peer: a.node.peer, standing: 'alive' }])
}

describe('a restarted server beats its old life (invariants 3 and 4)', () => {
  test('with its disk', async () => {
    a.kill()
    await a.start()
    await expectNewLifeOnly('BUSY')
  })

  test('with its disk and its clock a year behind', async () => {
    a.kill()
    a.skew.offsetMs = -365 * 86_400_000
    await a.start()
    await expectNewLifeOnly('BUSY')
  })

  test('with an emptied disk', async () => {
    a.kill()
    a.disk = new MemoryDisk()
    await cluster.pass(2000)
    await a.start()
    await expectTurnedAway()
    await expectNewLifeOnly(undefined)
  })

  test('with an emptied disk and its clock a year behind', async () => {
    a.kill()
    a.disk = new MemoryDisk()
    a.skew.offsetMs = -365 * 86_400_000
    await a.start()
    await expectTurnedAway()
    await expectNewLifeOnly(undefined)
  })

  test('with a disk of an earlier time and its clock set back', async () => {
    const old = a.disk.snapshot()
    a.kill()
    await a.start()
    await cluster.pass(5000)
    a.kill()
    a.disk.restore(old)
    a.skew.offsetMs = -365 * 86_400_000
    await a.start()
    await expectNewLifeOnly('BUSY')
  })

  test('before anybody noticed that it was gone', async () => {
    a.kill({ resetAfterMs: Infinity })
    await a.start()
    await expectNewLifeOnly('BUSY')
  })
})

test('a process that goes on from an earlier moment, as that of a virtual machine put back does, is heard again (invariant 3)', async () => {
  const { hub, signatures } = cluster
  const network = ({ publicKey }: { readonly publicKey: Uint8Array }) =>
    createMemoryNetwork(hub, { self: peerIdOf(publicKey), host: 'witness' })
  const witness = new Insider('lampfield', [], [], '', { signatures, network })
  await cluster.letRun(witness.start())
  await cluster.pass(3000)
  const heard = witness.heard.map((bytes) => decodeMessage(bytes)).filter((message) => message.ok)
  const last = heard
    .map(({ value }) => value)
    .findLast((value) => {
      return value.kind === 'heartbeat' && value.announcement.entity === a.node.entity
    }) as HeartbeatMessage
  hub.partition(['server1'], ['server2', 'witness'])
  await cluster.pass(60_000)
  // What the others have heard of it since, and it has forgotten.
  const announcement = { ...last.announcement, sequence: last.announcement.sequence + 86_400 }
  const kept = Buffer.from(a.disk.snapshot().entries.get('identity/key') ?? '', 'latin1')
  const keys = { privateKey: kept.subarray(0, 32), publicKey: kept.subarray(32) }
  const signature = signatures.sign(keys, announcementBytes('lampfield', announcement))
  witness.gossip({ kind: 'heartbeat', announcement, signature })
  await cluster.pass(1000)
  hub.heal()
  await a.set('PJSIP/both', 'RINGING')
  expect(await cluster.until(() => b.get('PJSIP/both') === 'RINGING', 10_000, 10)).toBeDefined()
  await cluster.pass(20_000)
  expect(b.get('PJSIP/both')).toBe('RINGING')
  expect(b.node.members()).toContainEqual(
    expect.objectContaining({ entity: a.node.entity, status: 'alive', alarms: [] }),
  )
})

describe('two servers with one entity ID', () => {
  test('are an alarm on both and on others, and neither overwrites the other silently', async () => {
    const [c] = (await cluster.add(1)) as [Server]
    await cluster.settle()
    const [clone] = (await cluster.add(1, { entityId: a.node.entity, name: 'clone' })) as [Server]
    await clone.set('PJSIP/clone', 'BUSY')
    const alarmed = (server: Server): boolean => server.node.members().some(({ alarms }) => alarms.length > 0)
    const all = (): boolean => [a, b, c, clone].every(alarmed)
    expect(await cluster.until(all, 5000)).toBeDefined()
    expect(b.get('PJSIP/clone')).toBeUndefined()
    expect((await cluster.letRun(b.node.check())).agreed).toBe(false)
  })

  test('also when the data directory was copied with the machine', async () => {
    const image = a.disk.snapshot()
    await cluster.add(1, {
      entityId: a.node.entity,
      name: 'copy',
      store: () => {
        const disk = new MemoryDisk()
        disk.restore(image)
        return disk.open()
      },
    })
    const alarmed = (server: Server): boolean => server.node.members().some(({ alarms }) => alarms.length > 0)
    expect(await cluster.until(() => alarmed(b), 5000, 10)).toBeDefined()
  })
})
