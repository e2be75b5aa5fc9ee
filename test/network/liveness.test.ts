import { describe, expect, it } from 'vitest'
import { Liveness } from '../../src/network/liveness.ts'

const connection = { name: 'c' }

/** What happens in each check for the bytes received so far at each. */
function story(bytes: readonly number[]): string {
  const liveness = new Liveness<object>()
  return bytes
    .map((received) => {
      const { ping, dead } = liveness.check([[connection, received]])
      return dead.length > 0 ? 'D' : ping.length > 0 ? 'p' : '.'
    })
    .join('')
}

const repeat = (count: number, of: (at: number) => number): number[] => Array.from({ length: count }, (_, at) => of(at))

describe('Liveness', () => {
  it('pings what is quiet for two checks, and gives it up after six more', () => {
    expect(story(repeat(9, () => 5))).toBe('..p.....D')
  })

  it('takes any byte for a sign of life, also long after the ping', () => {
    expect(story([...repeat(8, () => 5), 6, 6, 6, 6])).toBe('..p.......p.')
  })

  it('pings a busy connection now and then only, to know its round trip', () => {
    expect(story(repeat(60, (at) => at))).toBe(`${'.'.repeat(20)}p${'.'.repeat(19)}p${'.'.repeat(19)}`)
  })

  it('takes an answered ping for a sign of life where bytes are not counted', () => {
    const liveness = new Liveness<object>()
    for (let turn = 0; turn < 50; turn += 1) {
      const { ping, dead } = liveness.check([[connection, 0]])
      expect(dead).toEqual([])
      if (ping.length > 0) liveness.heard(connection)
    }
  })

  it('forgets nothing while its own process stands still: time without checks does not count', () => {
    const liveness = new Liveness<object>()
    const check = (): readonly object[] => liveness.check([[connection, 1]]).dead
    for (let turn = 0; turn < 4; turn += 1) check()
    // Ten minutes pass here for everybody else.
    expect(check()).toEqual([])
  })
})
