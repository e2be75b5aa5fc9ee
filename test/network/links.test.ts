import type { Connection } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { describe, expect, it } from 'vitest'
import { Links } from '../../src/network/links.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import { peerIdOf, type PeerId } from '../../src/state/peer-id.ts'

const [a, b] = [peerIdOf(new Uint8Array(32).fill(1)), peerIdOf(new Uint8Array(32).fill(2))].sort() as [PeerId, PeerId]
let made = 0

interface Fake {
  status: string
}

function connection(): Fake & Connection {
  made += 1
  const fake = {
    id: `c${made}`,
    status: 'open',
    direction: 'outbound',
    remoteAddr: multiaddr(`/ip4/10.0.0.2/tcp/4001/p2p/${b}`),
    streams: [],
  }
  return fake as unknown as Fake & Connection
}

describe('Links', () => {
  it('tells the first and the last connection of a peer', () => {
    const links = new Links(new VirtualClock())
    const [one, two] = [connection(), connection()]
    expect([links.opened(b, one), links.opened(b, one), links.opened(b, two)]).toEqual(['first', 'none', 'none'])
    expect([links.speaks(b), links.speaks(b)]).toEqual([true, false])
    expect(links.closed(b, one)).toEqual({ change: 'none', spoke: true })
    expect(links.closed(b, one)).toEqual({ change: 'none', spoke: false })
    expect(links.closed(b, two)).toEqual({ change: 'last', spoke: true })
    expect([links.has(b), links.speaks(b)]).toEqual([false, false])
  })

  it('does not count a connection that was closed before it was told of', () => {
    const links = new Links(new VirtualClock())
    expect(links.opened(b, Object.assign(connection(), { status: 'closed' }))).toBe('none')
    expect(links.has(b)).toBe(false)
  })

  it('lends the newest open connection, and only to a peer that speaks', () => {
    const links = new Links(new VirtualClock())
    const [one, two] = [connection(), connection()]
    links.opened(b, one)
    links.opened(b, two)
    expect([links.usable(b), links.list()]).toEqual([undefined, []])
    links.speaks(b)
    expect(links.usable(b)).toBe(two)
    two.status = 'closing'
    expect(links.usable(b)).toBe(one)
    expect(links.list().map(({ address }) => address)).toEqual(['/ip4/10.0.0.2/tcp/4001', '/ip4/10.0.0.2/tcp/4001'])
  })

  it('finds connections whose end nobody told', () => {
    const links = new Links(new VirtualClock())
    const one = connection()
    links.opened(b, one)
    expect(links.ended()).toEqual([])
    one.status = 'closed'
    expect(links.ended()).toEqual([[b, one]])
  })

  it('names idle second connections, at the smaller end only, after a while, and never the last one or one that gossips', () => {
    const clock = new VirtualClock()
    const links = new Links(clock)
    const [one, two, three] = [connection(), connection(), connection()]
    for (const each of [one, two, three]) links.opened(b, each)
    Object.assign(two, { streams: [{ protocol: '/meshsub/1.2.0' }] })
    Object.assign(three, { streams: [{ protocol: '/ipfs/id/1.0.0' }] })
    expect(links.superfluous(a)).toEqual([])
    clock.advance(11_000)
    expect(links.superfluous(a)).toEqual([one, three])
    expect(
      links.superfluous(peerIdOf(new Uint8Array(32).fill(255)) > b ? peerIdOf(new Uint8Array(32).fill(255)) : b),
    ).toEqual([])
    Object.assign(two, { streams: [] })
    expect(links.superfluous(a).length).toBe(2)
  })
})
