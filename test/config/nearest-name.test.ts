import { expect, test } from 'vitest'
import { nearestName } from '../../src/config/nearest-name.ts'

const known = ['cluster', 'data_dir', 'entity_id', 'mdns', 'peer']

test.each([
  ['clustr', 'cluster'],
  ['Cluster', 'cluster'],
  ['data-dir', 'data_dir'],
  ['datadir', 'data_dir'],
  ['entityid', 'entity_id'],
  ['mdsn', undefined],
  ['peers', 'peer'],
  ['colour', undefined],
  ['', undefined],
  ['x'.repeat(1_000_000), undefined],
])('%.20s is near to %s', (typed, name) => {
  expect(nearestName(typed, known)).toBe(name)
})
