import { describe, expect, it } from 'vitest'
import { listenFailure, swarmKeyOf } from '../../src/network/libp2p-node.ts'

describe('swarmKeyOf', () => {
  it('makes of 32 bytes what libp2p reads, and takes its text as it is', () => {
    const text = swarmKeyOf(new Uint8Array(32).fill(0xab))
    expect(text).toHaveLength(95)
    expect(swarmKeyOf(text)).toBe(text)
  })
})

describe('listenFailure', () => {
  it('names the address and a remedy', () => {
    const said = (told: string): string => listenFailure(new Error(told), ['/ip4/10.0.0.1/tcp/80']).message
    expect(said('listen EADDRINUSE: address already in use')).toMatch(
      /^cannot listen on \/ip4\/10\.0\.0\.1\/tcp\/80: .*another port/,
    )
    expect(said('listen EADDRNOTAVAIL')).toContain('not of this machine')
    expect(said('listen EACCES')).toContain('above 1023')
    expect(said('something else\n at line')).toBe('cannot listen on /ip4/10.0.0.1/tcp/80: something else.')
  })
})
