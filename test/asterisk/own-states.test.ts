import { expect, test } from 'vitest'
import { devicesMax, MemoryJournal } from '../../src/asterisk/journal.ts'
import { OwnStates } from '../../src/asterisk/own-states.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'

test('of a device beyond as many as an entity may have the node is told, and nothing is kept (invariant 7)', () => {
  const journal = new MemoryJournal()
  const entity = '02:00:00:00:00:01' as EntityId
  const told: string[] = []
  const own = new OwnStates({
    clock: new VirtualClock(),
    entity,
    journal,
    remembers: false,
    isLatest: () => false,
    set: (device) => told.push(device),
    saying: () => undefined,
    unset: () => {},
    count: () => {},
  })
  for (let number = 0; number < devicesMax; number += 1) own.take({ device: String(number), state: 'BUSY' })
  own.take({ device: 'one more', state: 'BUSY' })
  own.take({ device: '0', state: 'INUSE' })
  expect(told.slice(-2)).toEqual(['one more', '0'])
  expect(own.size).toBe(devicesMax)
  expect(journal.has(entity, 'one more')).toBe(false)
  expect([...own.standing()][0]).toEqual(['0', 'INUSE'])
})
