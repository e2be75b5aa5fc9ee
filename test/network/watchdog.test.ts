import { describe, expect, it } from 'vitest'
import { Watchdog, type StreamHealth } from '../../src/network/watchdog.ts'
import { peerIdOf, type PeerId } from '../../src/state/peer-id.ts'

const [a, b] = [peerIdOf(new Uint8Array(32).fill(1)), peerIdOf(new Uint8Array(32).fill(2))]

/** After how many checks of the same health the peer is renewed; -1 for never within 100. */
function checksUntilRenewal(health: StreamHealth): number {
  const watchdog = new Watchdog()
  for (let check = 1; check <= 100; check += 1) if (watchdog.check([[a, health]]).length > 0) return check
  return -1
}

describe('Watchdog', () => {
  it('leaves open streams alone, renews dead ones soon and missing ones after a while', () => {
    expect(checksUntilRenewal('open')).toBe(-1)
    expect(checksUntilRenewal('dead')).toBe(2)
    expect(checksUntilRenewal('missing')).toBe(12)
  })

  it('begins again when the stream was open in between, or the peer was gone', () => {
    const watchdog = new Watchdog()
    const renewed: PeerId[] = []
    for (let turn = 0; turn < 20; turn += 1) {
      renewed.push(...watchdog.check([[a, 'dead']]), ...watchdog.check([[a, 'open']]))
      renewed.push(...watchdog.check([[b, 'dead']]), ...watchdog.check([]))
    }
    expect(renewed).toEqual([])
  })

  it('names a renewed peer once, and again only after as many checks', () => {
    const watchdog = new Watchdog()
    const renewed = Array.from(
      { length: 6 },
      () =>
        watchdog.check([
          [a, 'dead'],
          [b, 'open'],
        ]).length,
    )
    expect(renewed).toEqual([0, 1, 0, 1, 0, 1])
  })
})
