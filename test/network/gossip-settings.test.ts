import { describe, expect, it } from 'vitest'
import { gossipsubSettings, messageIdOf } from '../../src/network/gossip-settings.ts'

const data = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('messageIdOf', () => {
  it('is equal for equal bytes on one topic only', () => {
    const id = (topic: string, text: string): string =>
      Buffer.from(messageIdOf({ topic, data: data(text) })).toString('hex')
    expect(id('a', 'x')).toBe(id('a', 'x'))
    expect(id('a', 'x')).toHaveLength(40)
    expect(new Set([id('a', 'x'), id('b', 'x'), id('a', 'y'), id('ax', ''), id('', 'ax')]).size).toBe(5)
  })
})

describe('gossipsubSettings', () => {
  it('lets no topic in but those named, and a bounded number of those', () => {
    const topics = Array.from({ length: 100 }, (_, at) => `t${at}`)
    expect(gossipsubSettings(['a', 'b'], 1000).allowedTopics).toEqual(['a', 'b'])
    expect([...(gossipsubSettings(topics, 1000).allowedTopics ?? [])]).toHaveLength(64)
  })

  it('takes larger messages than it sends', () => {
    expect(gossipsubSettings([], 1000).maxInboundDataLength).toBeGreaterThan(1000 + 1000)
  })
})
