import { describe, expect, it } from 'vitest'
import { withResolvers } from '../../src/network/node20.ts'

describe('node20', () => {
  it('leaves every Node with Promise.withResolvers', () => {
    expect(Reflect.get(Promise, 'withResolvers')).toBeTypeOf('function')
  })

  it('does as ECMAScript 2024 says', async () => {
    const kept = withResolvers<number>()
    kept.resolve(1)
    await expect(kept.promise).resolves.toBe(1)
    const broken = withResolvers<number>()
    broken.reject(new Error('planned'))
    await expect(broken.promise).rejects.toThrow('planned')
  })
})
