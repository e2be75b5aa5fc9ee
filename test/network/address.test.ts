import { describe, expect, it } from 'vitest'
import { hostOf, isLoopbackHost, parseStaticPeer, splitPeerId } from '../../src/network/address.ts'
import { peerIdOf } from '../../src/state/peer-id.ts'

const peer = peerIdOf(new Uint8Array(32).fill(3))

describe('hostOf', () => {
  it('reads what can be dialled', () => {
    expect(hostOf('/ip4/10.0.0.7/tcp/4001')).toBe('10.0.0.7')
    expect(hostOf('/ip6/fe80::1/tcp/4001')).toBe('fe80::1')
    expect(hostOf('/dns4/PBX.example/tcp/1')).toBe('pbx.example')
  })

  it('refuses everything else', () => {
    const wrong = [
      '',
      '/ip4/10.0.0.7',
      '/ip4/10.0.0.7/udp/4001',
      '/ip4/10.0.0.256/tcp/1',
      '/ip4/0.0.0.0/tcp/1',
      '/ip6/::/tcp/1',
    ]
    const worse = [
      '/ip4/10.0.0.7/tcp/0',
      '/ip4/10.0.0.7/tcp/65536',
      `/ip4/10.0.0.7/tcp/4001/p2p/${peer}`,
      `/dns4/${'a'.repeat(300)}/tcp/1`,
    ]
    for (const address of [...wrong, ...worse]) expect(hostOf(address)).toBeUndefined()
  })
})

describe('isLoopbackHost', () => {
  it('knows every way to say "this machine"', () => {
    expect(['127.0.0.1', '127.9.9.9', '::1', 'localhost'].every(isLoopbackHost)).toBe(true)
    expect(['10.0.0.1', '128.0.0.1', '::2'].some(isLoopbackHost)).toBe(false)
  })
})

describe('splitPeerId', () => {
  it('takes the peer ID off', () => {
    expect(splitPeerId(`/ip4/10.0.0.7/tcp/4001/p2p/${peer}`)).toEqual({ address: '/ip4/10.0.0.7/tcp/4001', peer })
    expect(splitPeerId('/ip4/10.0.0.7/tcp/4001')).toEqual({ address: '/ip4/10.0.0.7/tcp/4001', peer: undefined })
  })
})

describe('parseStaticPeer', () => {
  it('reads host:port in every form, and multiaddresses with and without a peer ID', () => {
    const address = (text: string): string => parseStaticPeer(text).address
    expect(address('10.0.0.7:4001')).toBe('/ip4/10.0.0.7/tcp/4001')
    expect(address('pbx2.example:4001')).toBe('/dns4/pbx2.example/tcp/4001')
    expect(address('[fe80::1]:4001')).toBe('/ip6/fe80::1/tcp/4001')
    expect(address('/ip4/10.0.0.7/tcp/4001')).toBe('/ip4/10.0.0.7/tcp/4001')
    expect(parseStaticPeer(`/ip4/10.0.0.7/tcp/4001/p2p/${peer}`)).toEqual({ address: '/ip4/10.0.0.7/tcp/4001', peer })
  })

  it('refuses by name, saying what would be right', () => {
    for (const text of [
      'pbx2',
      'pbx2:',
      ':4001',
      '10.0.0.7:0',
      '10.0.0.7:70000',
      '/ip4/10.0.0.7',
      '/ip4/10.0.0.7/tcp/1/p2p/Qm',
    ]) {
      expect(() => parseStaticPeer(text)).toThrow(
        expect.objectContaining({ code: 'invalid-argument', message: expect.stringContaining('host:port') }),
      )
    }
  })
})
