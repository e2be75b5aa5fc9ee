import { describe, expect, test } from 'vitest'
import { encodeMessage, passingBytes } from '../../src/protocol/encode.ts'
import { limits } from '../../src/protocol/limits.ts'
import type { PassingMessage } from '../../src/protocol/messages.ts'
import { Counters } from '../../src/node/counters.ts'
import type { NodeEvents, PassingEvent } from '../../src/node/events.ts'
import { openFolds } from '../../src/node/channel-options.ts'
import type { Members } from '../../src/node/members.ts'
import { Passing } from '../../src/node/passing.ts'
import { seededRandom } from '../../src/runtime/random.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import { entityIdOf } from '../../src/testing/virtual-cluster.ts'
import { Cluster } from '../support/cluster.ts'
import { quickSignatures } from '../../src/testing/quick-signatures.ts'
import { seed } from '../support/seed.ts'

describe('a passing value', () => {
  test('is told to every other node, once, and is kept nowhere', async () => {
    const cluster = new Cluster({ seed })
    const servers = await cluster.add(3)
    await cluster.settle()
    const heard: string[] = []
    for (const { name, node } of servers) {
      node.addEventListener('passing', ({ detail }) => {
        heard.push(`${name} ${detail.entity} ${detail.channel} ${detail.key} ${String(detail.value)}`)
      })
    }
    servers[0]!.node.pass('device_state', 'Local/1@default-1;1', 'INUSE')
    await cluster.pass(1000)
    const said = `${entityIdOf(1)} device_state Local/1@default-1;1 INUSE`
    expect(heard.sort()).toEqual([`server2 ${said}`, `server3 ${said}`])
    for (const { node } of servers) expect(node.list('device_state')).toEqual([])
  })

  test('with a wrong key or value is refused', async () => {
    const cluster = new Cluster({ seed })
    const [server] = await cluster.add(1)
    expect(() => server!.node.pass('device_state', '', 'INUSE')).toThrow('empty')
    expect(() => server!.node.pass('device_state', 'a', 'TIPSY' as never)).toThrow('TIPSY')
  })
})

describe('the intake of passing values', () => {
  const other = entityIdOf(2) as EntityId
  const life = { incarnation: 5, nonce: 6 }
  const signatures = quickSignatures(seededRandom(seed))
  const keys = signatures.generate()

  class Setup {
    readonly clock: VirtualClock = new VirtualClock()
    readonly counters: Counters = new Counters()
    readonly heard: PassingEvent[] = []
    counted = true
    readonly passing: Passing

    constructor() {
      this.passing = new Passing({
        entity: entityIdOf(1) as EntityId,
        cluster: 'test',
        clock: this.clock,
        keys,
        signatures,
        folds: openFolds({}),
        members: {
          ownLife: life,
          get: (entity: EntityId) => (entity === other ? { life } : undefined),
          publicKeyOf: () => keys.publicKey,
          isCounted: () => this.counted,
        } as unknown as Members,
        counters: this.counters,
        tell: (name: keyof NodeEvents, detail: NodeEvents[keyof NodeEvents]) => {
          if (name === 'passing') this.heard.push(detail as PassingEvent)
        },
        publish: () => {},
      })
    }

    message(sequence: number, difference: Partial<PassingMessage> = {}): PassingMessage {
      const said = {
        entity: other,
        life,
        sequence,
        channel: 'device_state',
        key: 'a',
        value: Uint8Array.of(2),
        ...difference,
      }
      return { kind: 'passing', ...said, signature: signatures.sign(keys, passingBytes('test', said)), ...difference }
    }
  }

  test('takes each number once, also those that were overtaken', () => {
    const setup = new Setup()
    const verdicts = [5, 5, 3, 3, 40, 9, 8, 41, 5].map((sequence) => setup.passing.take(setup.message(sequence)))
    expect(verdicts).toEqual(['accept', 'ignore', 'accept', 'ignore', 'accept', 'accept', 'ignore', 'accept', 'ignore'])
  })

  test('takes nothing of strangers, of who does not count, of another life', () => {
    const setup = new Setup()
    expect(setup.passing.take(setup.message(1, { entity: entityIdOf(9) as EntityId }))).toBe('ignore')
    expect(setup.passing.take(setup.message(1, { life: { incarnation: 4, nonce: 6 } }))).toBe('ignore')
    setup.counted = false
    expect(setup.passing.take(setup.message(1))).toBe('ignore')
    expect(setup.heard).toEqual([])
  })

  test('rejects a foreign signature, a value that is none, a channel that is not open (invariants 6 and 10)', () => {
    const setup = new Setup()
    expect(setup.passing.take({ ...setup.message(1), key: 'b' })).toBe('reject')
    expect(setup.passing.take(setup.message(1, { value: Uint8Array.of(9) }))).toBe('reject')
    expect(setup.passing.take(setup.message(2, { channel: 'presence' }))).toBe('reject')
    expect(setup.heard).toEqual([])
  })

  test('is bounded in each second', () => {
    const setup = new Setup()
    for (let sequence = 1; sequence <= limits.passingPerSecondMax + 5; sequence += 1) {
      setup.passing.take(setup.message(sequence))
    }
    expect(setup.heard).toHaveLength(limits.passingPerSecondMax)
    expect(setup.counters.get('passing_dropped')).toBe(5)
    setup.clock.advance(1000)
    expect(setup.passing.take(setup.message(1000))).toBe('accept')
  })

  test('the largest fits one gossiped message', () => {
    const setup = new Setup()
    const message = setup.message(1, {
      key: 'x'.repeat(limits.keyMaxBytes),
      value: new Uint8Array(limits.valueMaxBytes),
    })
    expect(encodeMessage(message).length).toBeLessThan(limits.messageMaxBytes)
  })
})
