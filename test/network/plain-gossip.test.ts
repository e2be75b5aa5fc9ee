import type { GossipSub } from '@chainsafe/libp2p-gossipsub'
import { RPC } from '@chainsafe/libp2p-gossipsub/message'
import { TopicValidatorResult, type Message, type PeerId } from '@libp2p/interface'
import fc from 'fast-check'
import { encode } from 'it-length-prefixed'
import { describe, expect, it } from 'vitest'
import { envelopeOf } from '../../src/network/envelope.ts'
import { PlainGossip, plainMessageOf } from '../../src/network/plain-gossip.ts'
import '../support/seed.ts'

const blockOf = (envelope: Uint8Array): Uint8Array => encode.single(envelope).subarray()
const from = { toString: () => 'neighbour' } as PeerId
const data = Buffer.from('hello')
const { Accept, Ignore, Reject } = TopicValidatorResult

const isAscii = (text: string): boolean => Buffer.from(text).length === text.length

/** A gossipsub that hears the neighbour and subscribes the topic `a`, and what was judged. */
function subject(verdict: TopicValidatorResult) {
  const judged: string[] = []
  const seen = new Set<string>()
  const pubsub = {
    acceptFrom: (peer: string) => peer === 'neighbour',
    seenCache: { has: (id: string) => seen.has(id), put: (id: string) => seen.add(id) },
    topicValidators: new Map<string, unknown>([['a', undefined]]),
  }
  const plain = new PlainGossip(pubsub as unknown as GossipSub, (peer, { topic, data }) => {
    judged.push(`${peer.toString()} ${topic} ${Buffer.from(data).toString()}`)
    return verdict
  })
  const asked = (topic = 'a'): unknown => plain.validator(from, { type: 'unsigned', topic, data } satisfies Message)
  return { plain, judged, seen, asked }
}

describe('plain gossip', () => {
  const block = blockOf(envelopeOf('a', data))

  it('is judged once, and gossipsub has nothing left to do where it is not passed on', () => {
    const { plain, judged, seen } = subject(Ignore)
    expect([plain.take(from, block), plain.take(from, block)]).toEqual([true, true])
    expect(judged).toEqual(['neighbour a hello'])
    expect(seen.size).toBe(1)
  })

  it.each([Accept, Reject])('is left to gossipsub where the verdict is %s, which is not asked for twice', (verdict) => {
    const { plain, judged, seen, asked } = subject(verdict)
    expect(plain.take(from, block)).toBe(false)
    expect(seen.size).toBe(0)
    expect(asked()).toBe(verdict)
    expect(judged).toHaveLength(1)
    expect(asked()).toBe(verdict)
    expect(judged).toHaveLength(2)
  })

  it('is not looked at where the topic is not subscribed, or gossipsub does not hear the neighbour', () => {
    const { plain, judged } = subject(Ignore)
    expect(plain.take(from, blockOf(envelopeOf('b', data)))).toBe(false)
    expect(plain.take({ toString: () => 'other' } as PeerId, block)).toBe(false)
    expect(judged).toEqual([])
  })

  it('is judged by the same judge where it does not come as a block of its own', () => {
    const { judged, asked } = subject(Accept)
    expect(asked()).toBe(Accept)
    expect(judged).toEqual(['neighbour a hello'])
  })

  it('refuses to work with a gossipsub that keeps these things elsewhere', () => {
    expect(() => new PlainGossip({} as GossipSub, () => Ignore)).toThrow('in another way than is known')
  })
})

describe('plainMessageOf', () => {
  it('reads what envelopeOf writes', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ -~]{0,200}$/), fc.uint8Array({ maxLength: 20_000 }), (topic, bytes) => {
        const message = plainMessageOf(blockOf(envelopeOf(topic, bytes)))
        expect(message?.topic).toBe(topic)
        expect(Buffer.compare(message?.data ?? Buffer.from('none'), bytes)).toBe(0)
      }),
    )
  })

  it.each([
    ['nothing', { subscriptions: [], messages: [] }],
    [
      'two messages',
      {
        subscriptions: [],
        messages: [
          { topic: 'a', data },
          { topic: 'a', data },
        ],
      },
    ],
    ['a subscription', { subscriptions: [{ subscribe: true, topic: 'a' }], messages: [{ topic: 'a', data }] }],
    ['an author', { subscriptions: [], messages: [{ from: data, topic: 'a', data }] }],
    ['a number', { subscriptions: [], messages: [{ seqno: data, topic: 'a', data }] }],
    ['a signature', { subscriptions: [], messages: [{ topic: 'a', data, signature: data }] }],
    ['no data', { subscriptions: [], messages: [{ topic: 'a' }] }],
    [
      'control',
      { subscriptions: [], messages: [{ topic: 'a', data }], control: RPC.ControlMessage.decode(new Uint8Array(0)) },
    ],
  ])('leaves an envelope with %s to gossipsub', (_what, rpc) => {
    expect(plainMessageOf(blockOf(RPC.encode(rpc as RPC)))).toBeUndefined()
  })

  it('sees in any bytes what gossipsub sees, or nothing', () => {
    const good = blockOf(envelopeOf('a/topic', data))
    const edits = fc.array(
      fc.tuple(fc.nat({ max: good.length }), fc.nat({ max: 2 }), fc.uint8Array({ maxLength: 3 })),
      {
        maxLength: 3,
      },
    )
    let plain = 0
    fc.assert(
      fc.property(edits, (all) => {
        const bytes = [...good]
        for (const [at, remove, insert] of all) bytes.splice(at, remove, ...insert)
        const message = plainMessageOf(Uint8Array.from(bytes))
        if (message === undefined) return
        plain += 1
        const envelope = Uint8Array.from(bytes).subarray(good[0]! < 0x80 ? 1 : 2)
        const { messages, subscriptions, control } = RPC.decode(envelope)
        expect([subscriptions.length, messages.length, control]).toEqual([0, 1, undefined])
        const topic = messages[0]?.topic ?? ''
        if (isAscii(message.topic)) expect(topic).toBe(message.topic)
        expect(Buffer.compare(messages[0]?.data ?? Buffer.from('none'), message.data)).toBe(0)
        expect([messages[0]?.from, messages[0]?.seqno, messages[0]?.signature, messages[0]?.key]).toEqual(
          Array.from({ length: 4 }),
        )
      }),
      { numRuns: 5000 },
    )
    expect(plain).toBeGreaterThan(100)
  })
})
