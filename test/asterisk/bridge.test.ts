import { describe, expect, test } from 'vitest'
import { Sites } from './site.ts'

describe('states of an Asterisk', () => {
  test('are in the hints of all others, each under the entity ID of its own', async () => {
    const sites = new Sites()
    const [a, b, c] = await sites.add(3)
    a!.pbx.set('Custom:mystate', 'INUSE')
    expect(await sites.until(() => sites.show('Custom:mystate', 'INUSE'))).toBeLessThan(100)
    b!.pbx.set('Custom:mystate', 'RINGING')
    expect(await sites.until(() => sites.show('Custom:mystate', 'RINGINUSE'))).toBeLessThan(100)
    expect(c!.pbx.remote.get(a!.entity)?.get('Custom:mystate')).toBe('INUSE')
    expect(c!.pbx.remote.get(b!.entity)?.get('Custom:mystate')).toBe('RINGING')
    expect(a!.pbx.remote.has(a!.entity)).toBe(false)
    expect(a!.node.get('device_state', 'Custom:mystate')).toBe('RINGINUSE')
  })
})
