import { describe, expect, it } from 'vitest'
import { defaultMembershipConfig, detectionBoundMs, resolveMembershipConfig } from '../../src/membership/config.ts'

describe('membership configuration', () => {
  it('is the defaults with changes', () => {
    expect(resolveMembershipConfig()).toEqual({ ok: true, value: defaultMembershipConfig })
    const slow = resolveMembershipConfig({ heartbeatMs: 2000 })
    expect(slow).toMatchObject({ ok: true, value: { heartbeatMs: 2000, missedMax: 3 } })
    expect(Object.isFrozen(defaultMembershipConfig) && slow.ok && Object.isFrozen(slow.value)).toBe(true)
  })

  it.each([
    [{ heartbeatMs: 0 }, 'heartbeatMs'],
    [{ heartbeatMs: Number.NaN }, 'heartbeatMs'],
    [{ heartbeatMs: 20_000 }, 'heartbeatMaxMs'],
    [{ missedMax: 1.5 }, 'missedMax'],
    [{ tickMs: 1500 }, 'tickMs'],
    [{ stallMs: 50 }, 'stallMs'],
    [{ stallMs: 700 }, 'stallMs'],
    [{ closedSuspicionMs: 2000 }, 'closedSuspicionMs'],
    [{ awarenessMax: -1 }, 'awarenessMax'],
    [{ membersMax: 0 }, 'membersMax'],
    [{ forgetMs: 10_000 }, 'forgetMs'],
  ])('refuses %j', (changes, name) => {
    const resolved = resolveMembershipConfig(changes)
    expect(resolved.ok ? '' : resolved.reason).toContain(name)
  })

  it('states the bound of a detection', () => {
    expect(detectionBoundMs(defaultMembershipConfig, 1000, 0)).toBe(4400)
  })
})
