import { describe, expect, test } from 'vitest'
import { informationBits } from '../../bench/suites/partition.ts'
import { median, quantile, ratio, spread, summary, text } from '../../bench/statistics.ts'

describe('a quantile', () => {
  test('lies between its neighbours, as far as its share says', () => {
    expect(quantile([40, 10, 30, 20], 0)).toBe(10)
    expect(quantile([40, 10, 30, 20], 0.5)).toBe(25)
    expect(quantile([40, 10, 30, 20], 0.95)).toBeCloseTo(38.5)
    expect(quantile([40, 10, 30, 20], 1)).toBe(40)
  })

  test('of one sample is that sample, of none is none', () => {
    expect(quantile([7], 0.99)).toBe(7)
    expect(median([])).toBeNaN()
  })

  test('orders numbers as numbers', () => {
    expect(median([100, 9, 80])).toBe(80)
  })
})

describe('the summary of some runs', () => {
  test('has the median of medians, their spread, and percentiles of all samples', () => {
    expect(
      summary([
        [1, 2, 3],
        [10, 20, 30],
        [4, 5, 6],
      ]),
    ).toEqual({
      p50: 5,
      p95: expect.closeTo(26, 5) as number,
      p99: expect.closeTo(29.2, 5) as number,
      low: 2,
      high: 20,
      count: 9,
    })
  })

  test('is not moved by one run that was disturbed', () => {
    const calm = Array.from({ length: 4 }, () => [1, 1, 1])
    expect(summary([...calm, [500, 900, 700]]).p50).toBe(1)
  })

  test('leaves out runs without samples', () => {
    expect(summary([[], [3]])).toMatchObject({ p50: 3, low: 3, high: 3, count: 1 })
  })
})

test('a ratio compares run with run, so that a slow moment of both is no difference', () => {
  const own = [
    [2, 2],
    [20, 20],
    [4, 4],
  ]
  const floor = [
    [1, 1],
    [10, 10],
    [2, 2],
  ]
  expect(ratio(own, floor)).toBe(2)
})

test('figures have three digits, and whole numbers from a thousand on', () => {
  expect([0.012345, 12.345, 1234.5, Number.NaN].map(text)).toEqual(['0.0123', '12.3', '1235', '-'])
  expect(spread({ p50: 2, low: 1, high: 3.33333 })).toBe('2 (1-3.33)')
  expect(spread({ p50: 2, low: 2, high: 2 })).toBe('2')
})

test('the information in some changes is which keys they are of and what they say', () => {
  expect(informationBits(0, 100)).toBe(0)
  // One of eight keys, one of nine states.
  expect(informationBits(1, 8)).toBeCloseTo(3 + Math.log2(9))
  // Where all keys have changed, it goes without saying which.
  expect(informationBits(50, 50)).toBeCloseTo(50 * Math.log2(9))
  // 10 choose 3 is 120.
  expect(informationBits(3, 10)).toBeCloseTo(Math.log2(120) + 3 * Math.log2(9))
})
