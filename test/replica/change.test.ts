import { describe, expect, test } from 'vitest'
import { ChangeFeed, type EntryChange } from '../../src/replica/change.ts'
import { channel, entity } from './setup.ts'

const change = (key: string): EntryChange => ({ entity: entity(1), channel, key, before: undefined, after: undefined })

describe('a change feed', () => {
  test('tells when the change is complete, not before', () => {
    const told: string[] = []
    const feed = new ChangeFeed(({ key }) => told.push(key))
    const result = feed.after(() => {
      feed.add(change('a'))
      feed.after(() => feed.add(change('b')))
      expect(told).toEqual([])
      return 7
    })
    expect(result).toBe(7)
    expect(told).toEqual(['a', 'b'])
  })

  test('tells what a listener changes after what was waiting', () => {
    const told: string[] = []
    const feed: ChangeFeed = new ChangeFeed(({ key }) => {
      told.push(key)
      if (key === 'a') feed.after(() => feed.add(change('c')))
    })
    feed.after(() => {
      feed.add(change('a'))
      feed.add(change('b'))
    })
    expect(told).toEqual(['a', 'b', 'c'])
  })

  test('loses nothing when a listener throws', () => {
    const told: string[] = []
    const feed = new ChangeFeed(({ key }) => {
      told.push(key)
      if (key === 'a') throw new Error('listener')
    })
    const act = (): void => {
      feed.add(change('a'))
      feed.add(change('b'))
    }
    expect(() => feed.after(act)).toThrow('listener')
    feed.after(() => feed.add(change('c')))
    expect(told).toEqual(['a', 'b', 'c'])
  })

  test('tells what was complete before a change that fails', () => {
    const told: string[] = []
    const feed = new ChangeFeed(({ key }) => told.push(key))
    const act = (): void => {
      feed.add(change('a'))
      throw new Error('act')
    }
    expect(() => feed.after(act)).toThrow('act')
    expect(told).toEqual(['a'])
  })
})
