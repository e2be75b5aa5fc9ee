import { expect, test } from 'vitest'
import { Paces } from '../../src/network/paces.ts'
import { limits } from '../../src/protocol/limits.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'

function made() {
  const clock = new VirtualClock()
  const flooded: string[] = []
  const paces = new Paces((peer) => {
    return { clock, rate: { burst: 10, perSecond: 1 }, turnMax: 1000, flooded: () => flooded.push(peer) }
  })
  return { clock, flooded, paces }
}

test('a peer that comes anew goes on where it was, and only it is to blame', () => {
  const { paces, flooded } = made()
  expect(paces.of('a').take(8)).toBeUndefined()
  expect(paces.of('b').take(8)).toBeUndefined()
  expect(paces.of('a').take(8)).toBeDefined()
  expect(flooded).toEqual(['a'])
})

test('so many are kept track of; whoever has spent nothing of late makes room first', () => {
  const { paces, clock } = made()
  const spender = paces.of('spender')
  void spender.take(1000)
  for (let number = 1; number < limits.membersMax; number += 1) paces.of(`idle-${number}`)
  const idle = paces.of('idle-1')
  paces.of('new')
  expect(paces.of('spender')).toBe(spender)
  clock.advance(1)
  expect(paces.of('idle-1')).not.toBe(idle)
})
