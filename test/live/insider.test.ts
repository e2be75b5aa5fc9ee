import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Node } from '../../src/node/node.ts'
import { decodeMessage } from '../../src/protocol/decode.ts'
import type { Message, TransferMessage } from '../../src/protocol/messages.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import type { HonestNodes } from '../hostile/honest-nodes.ts'
import type { Insider } from '../hostile/insider.ts'
import { Siege } from '../hostile/siege.ts'
import { pause, until } from './network-support.ts'

let siege: Siege
let honest: HonestNodes
let insider: Insider

const first = (): Node => honest.nodes[0] as Node
const victim = (): Node => honest.nodes[1] as Node
const third = (): Node => honest.nodes[2] as Node

/** Each honest node says something new, and all honest nodes show it; what was true still is. */
async function expectAgreement(): Promise<void> {
  await honest.expectAgreement()
  for (const node of honest.nodes) expect(node.get('device_state', 'PJSIP/true')).toBe('INUSE')
}

const hasCutOff = (node: Node): boolean => (node.stats()['peers_cut_off'] ?? 0) > 0

/** Repeats an attack until these nodes have cut the insider off, and named it. */
async function expectCutOff(attack: () => void, by: readonly Node[] = honest.nodes): Promise<void> {
  await until(() => {
    if (insider.network.links().length > 0) attack()
    return by.every(hasCutOff)
  }, 12_000)
  const told = honest.alarms.filter(({ kind }) => kind === 'misconduct')
  expect(told.length).toBeGreaterThanOrEqual(by.length)
  expect(told[0]?.sentence).toContain(insider.network.self)
  await until(() => insider.network.links().length <= honest.nodes.length - by.length, 10_000)
}

beforeEach(async () => {
  siege = await Siege.begin('insider')
  honest = siege.honest
  insider = siege.insider
  insider.gossip(insider.heartbeat({}))
  insider.askAll(insider.heartbeat({}))
  await honest.everyAlive(3)
  await victim().set('device_state', 'PJSIP/true', 'INUSE')
  await until(() => honest.nodes.every((node) => node.get('device_state', 'PJSIP/true') === 'INUSE'))
})

afterEach(() => siege.end())

const heardOf = (kind: Message['kind']): Message[] =>
  insider.heard.flatMap((bytes) => {
    const message = decodeMessage(bytes)
    return message.ok && message.value.kind === kind ? [message.value] : []
  })

describe('a member with the right key and a modified node', () => {
  test('that forges changes of another entity is cut off, and lights no lamp', async () => {
    for (let turn = 0; turn < 40 && heardOf('run').length === 0; turn += 1) {
      await victim().set('device_state', 'PJSIP/other', turn % 2 === 0 ? 'INUSE' : 'BUSY')
      await pause(250)
    }
    const run = heardOf('run').at(-1) as Extract<TransferMessage, { kind: 'run' }>
    let clock = run.head.version.clock
    await expectCutOff(() => {
      clock += 1
      const head = {
        ...run.head,
        version: { ...run.head.version, clock },
        signature: new Uint8Array(64).fill(clock & 255),
      }
      insider.gossip({ ...run, head, from: clock - 1 })
    }, [first(), third()])
    await expectAgreement()
  })

  test('that speaks and leaves for another entity changes nothing, and is an alarm', async () => {
    const { entity } = victim()
    for (let time = 0; time < 12; time += 1) {
      insider.gossip(insider.heartbeat({ entity, life: { incarnation: Date.now() * 3, nonce: 1 }, name: 'liar' }))
      insider.gossip(insider.farewell(entity))
      insider.gossip({
        kind: 'accusation',
        entity,
        life: { incarnation: 1, nonce: 1 },
        sequence: 9,
        by: first().entity,
      })
      await pause(250)
    }
    const member = first()
      .members()
      .find((other) => other.entity === entity)
    expect(member).toMatchObject({ status: 'alive', peer: victim().peer })
    await until(() => honest.alarms.some(({ kind, entity: about }) => kind === 'cloned-entity' && about === entity))
    await expectAgreement()
  })

  test('that says again what others said before changes nothing', async () => {
    const kept = insider.heard.slice()
    await victim().set('device_state', 'PJSIP/true', 'BUSY')
    await victim().set('device_state', 'PJSIP/true', 'INUSE')
    for (const bytes of kept) insider.askAll(bytes)
    for (const bytes of kept) insider.gossip(bytes)
    await pause(500)
    await expectAgreement()
  })

  test('that sends what cannot be read is cut off', async () => {
    let turn = 0
    await expectCutOff(() => {
      turn += 1
      insider.gossip(Uint8Array.from([1, 1, turn & 255, turn >> 8, 3]))
    })
    await expectAgreement()
  })

  test('that asks what cannot be read is cut off', async () => {
    await expectCutOff(() => insider.askAll(Uint8Array.of(1, 35, 255, 255)))
    await expectAgreement()
  })

  test('that answers with a bomb is cut off', async () => {
    const bomb = new Uint8Array(1000).fill(1)
    insider.answer = () => [bomb, bomb]
    let clock = 1
    await expectCutOff(() => {
      clock += 1
      const stand = { channel: 'device_state', shard: 0, epoch: 1, clock, mark: new Uint8Array(8) }
      insider.gossip(insider.heartbeat({ stands: [stand] }))
    })
    await expectAgreement()
  })

  test('that makes up entities finds an end of it, and lives far ahead are its own affair', async () => {
    const life = { incarnation: 2 ** 48, nonce: 2 ** 32 - 1 }
    for (let number = 1; number <= 300; number += 1) {
      const hex = (byte: number): string => byte.toString(16).padStart(2, '0')
      const entity = `02:00:00:01:${hex(number >> 8)}:${hex(number & 255)}` as EntityId
      insider.gossip(insider.heartbeat({ entity, life, heartbeatMs: 3_600_000 }))
      if (number % 50 === 0) await pause(20)
    }
    await pause(500)
    expect(first().members().length).toBeLessThanOrEqual(1024)
    await expectAgreement()
  })
})
