import { describe, expect, it } from 'vitest'
import { deviceStateChannel, mwiChannel, parseChannelName, type Channel } from '../../src/state/channel.ts'

describe('channel', () => {
  it.each(['a', 'device_state', 'x9_', 'a'.repeat(32)])('may be named %j', (name) => {
    expect(parseChannelName(name)).toEqual({ ok: true, value: name })
  })

  it.each(['', '_a', '9a', 'A', 'a-b', 'a\n', 'a'.repeat(33), 'ä'])('may not be named %j', (name) => {
    expect(parseChannelName(name).ok).toBe(false)
  })

  it('device_state joins, but for the patterns that take the latest', () => {
    const channel = deviceStateChannel({ latest: ['Custom:night*'] })
    expect(channel.name).toBe('device_state')
    expect(channel.reducerFor('PJSIP/a').name).toBe('join')
    expect(channel.reducerFor('Custom:night1').name).toBe('latest')
    expect(channel.persistent('Custom:x')).toBe(true)
    expect(channel.persistent('PJSIP/x')).toBe(false)
    expect(channel.validKey('PJSIP/x')).toBeUndefined()
    expect(channel.validKey('')).toBeDefined()
    expect(channel.codec.decode(channel.codec.encode('BUSY'))).toEqual({ ok: true, value: 'BUSY' })
  })

  it('mwi takes the latest counts', () => {
    const channel = mwiChannel()
    expect(channel.name).toBe('mwi')
    expect(channel.reducerFor('100@default').name).toBe('latest')
    expect(channel.persistent('100@default')).toBe(false)
    expect(channel.validKey('100@default')).toBeUndefined()
    expect(channel.validKey('@default')).toBeDefined()
    expect(channel.same?.({ newMessages: 1, oldMessages: 0 }, { newMessages: 1, oldMessages: 0 })).toBe(true)
  })

  it('of any value can stand among channels of unknown values', () => {
    const channels: Channel<unknown>[] = [deviceStateChannel(), mwiChannel()]
    expect(new Set(channels.map((channel) => parseChannelName(channel.name).ok))).toEqual(new Set([true]))
  })
})
