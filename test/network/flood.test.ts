import { RPC } from '@chainsafe/libp2p-gossipsub/message'
import { decode } from 'it-length-prefixed'
import { describe, expect, it } from 'vitest'
import { envelopeOf } from '../../src/network/envelope.ts'
import { Flood } from '../../src/network/flood.ts'
import { messageIdOf, messageIdText } from '../../src/network/gossip-settings.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'

const data = new TextEncoder().encode('hello')

/** What of gossipsub is used, with neighbours that note what they are sent; `slow` takes nothing more. */
function pubsubOf(topics: Readonly<Record<string, readonly string[]>>, slow: readonly string[] = []) {
  const sent: string[] = []
  const streams = [...new Set(Object.values(topics).flat())].map((peer) => {
    const pushPrefixed = (block: { subarray(): Uint8Array }): void => {
      if (slow.includes(peer)) throw new Error('OutboundStream buffer full')
      for (const envelope of decode([block.subarray()])) {
        for (const { topic, data } of RPC.decode(envelope).messages) sent.push(`${peer} ${topic} ${textOf(data)}`)
      }
    }
    return [peer, { pushPrefixed }] as const
  })
  const seenCache = new Set<string>()
  return {
    sent,
    seen: seenCache,
    pubsub: {
      streamsOutbound: new Map(streams),
      topics: new Map(Object.entries(topics).map(([topic, peers]) => [topic, new Set(peers)])),
      seenCache: { put: (id: string) => seenCache.add(id) },
    },
  }
}

const textOf = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes)

describe('Flood', () => {
  it('publishes to everybody who subscribes the topic, and to nobody else', () => {
    const { pubsub, sent } = pubsubOf({ a: ['one', 'two'], b: ['two', 'three'] })
    const flood = new Flood(pubsub, new VirtualClock())
    flood.publish('a', data)
    flood.publish('nobody', data)
    expect(sent).toEqual(['one a hello', 'two a hello'])
  })

  it('hands on to those who are named and subscribe the topic', () => {
    const { pubsub, sent } = pubsubOf({ a: ['one', 'two'], b: ['three'] })
    new Flood(pubsub, new VirtualClock()).handOn('a', data, ['two', 'three', 'unknown'])
    expect(sent).toEqual(['two a hello'])
  })

  it('lets nobody wait for a neighbour that is behind, or that is not connected yet', () => {
    const { pubsub, sent } = pubsubOf({ a: ['slow', 'gone', 'well'] }, ['slow'])
    pubsub.streamsOutbound.delete('gone')
    new Flood(pubsub, new VirtualClock()).publish('a', data)
    expect(sent).toEqual(['well a hello'])
  })

  it('has an own message known as seen before an echo of it can come, and one that was handed on not', () => {
    const { pubsub, seen } = pubsubOf({ a: ['one'] })
    const clock = new VirtualClock()
    const flood = new Flood(pubsub, clock)
    flood.publish('a', data)
    flood.handOn('a', new Uint8Array(1), ['one'])
    clock.advance(0)
    expect([...seen]).toEqual([messageIdText(messageIdOf({ topic: 'a', data }))])
  })

  it('refuses to work with a gossipsub that keeps these things elsewhere', () => {
    expect(() => new Flood({ streamsOutbound: new Map() }, new VirtualClock())).toThrow('in another way than is known')
  })
})

describe('envelopeOf', () => {
  it('writes what gossipsub reads, and as gossipsub writes it', () => {
    for (const topic of ['a', '/lampfield/0123456789abcdef/channel/device_state', 'é'.repeat(100)]) {
      for (const length of [0, 1, 127, 128, 70_000]) {
        const message = { topic, data: new Uint8Array(length).fill(7) }
        const expected = RPC.encode({ subscriptions: [], messages: [message] })
        expect(Buffer.compare(envelopeOf(topic, message.data), expected)).toBe(0)
      }
    }
  })
})
