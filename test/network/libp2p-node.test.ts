import { describe, expect, it } from 'vitest'
import { listenFailure } from '../../src/network/libp2p-node.ts'

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
