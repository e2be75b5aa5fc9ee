import { describe, expect, test } from 'vitest'
import { createNode } from '../../src/node/create-node.ts'
import { Cluster } from '../support/cluster.ts'
import { seed } from '../support/seed.ts'

describe('options', () => {
  test.each([
    [{ entityId: 'zz' }, 'entity ID'],
    [{ cluster: '' }, 'cluster'],
    [{ name: 'a\nb' }, 'control characters'],
    [{ timing: { heartbeatMs: 1 } }, 'heartbeatMs'],
    [{ timing: { coalesceMs: -1 } }, 'coalesceMs'],
    [{ channels: [{ channel: 'nope' }] }, 'nope'],
    [{ channels: [{ channel: 'mwi' }, { channel: 'mwi' }] }, 'twice'],
    [{ clusterKey: new Uint8Array(5) }, '32 bytes'],
  ])('%j is refused with what would be right', (options, words) => {
    expect(() => createNode(options)).toThrow(words)
  })
})

describe('a node', () => {
  test('that is not started says so by name', async () => {
    const node = createNode()
    expect(node.status).toBe('idle')
    expect(() => node.members()).toThrow(expect.objectContaining({ code: 'not-running' }))
    await expect(node.set('device_state', 'PJSIP/1', 'INUSE')).rejects.toMatchObject({ code: 'not-running' })
    await node.stop()
  })

  test('starts and stops again and again, and starting twice is one start', async () => {
    const cluster = new Cluster({ seed })
    const [server] = await cluster.add(1)
    const { node } = server!
    await node.start()
    expect(node.status).toBe('running')
    await cluster.letRun(node.stop())
    await cluster.letRun(node.stop())
    expect(node.status).toBe('stopped')
    await server!.start()
    expect(server!.node.status).toBe('running')
  })

  test('refuses a wrong key, value and channel, and changes nothing', async () => {
    const cluster = new Cluster({ seed })
    const [server] = await cluster.add(1)
    const { node } = server!
    await expect(node.set('device_state', '', 'INUSE')).rejects.toMatchObject({ code: 'invalid-argument' })
    await expect(node.set('device_state', 'x'.repeat(600), 'INUSE')).rejects.toMatchObject({ code: 'invalid-argument' })
    await expect(node.set('device_state', 'PJSIP/1', 'inuse' as never)).rejects.toMatchObject({
      code: 'invalid-argument',
    })
    await expect(node.set('mwi', '100', { newMessages: -1, oldMessages: 0 })).rejects.toMatchObject({
      code: 'invalid-argument',
    })
    await expect(node.set('nope', 'a', 1)).rejects.toMatchObject({ code: 'channel-closed' })
    expect(node.list('device_state')).toEqual([])
    expect(node.list('mwi')).toEqual([])
  })

  test('lists by pattern, sorted', async () => {
    const cluster = new Cluster({ seed })
    const [server] = await cluster.add(1)
    for (const device of ['PJSIP/2', 'Custom:a', 'PJSIP/1']) await server!.set(device, 'BUSY')
    expect(server!.node.list('device_state', 'PJSIP/*')).toEqual([
      { key: 'PJSIP/1', value: 'BUSY' },
      { key: 'PJSIP/2', value: 'BUSY' },
    ])
  })

  test('keeps a Custom: state over kill -9 once it was acknowledged, and forgets it once it was unset (invariant 8)', async () => {
    const cluster = new Cluster({ seed })
    const [server] = await cluster.add(1)
    await server!.set('Custom:kept', 'BUSY')
    await server!.set('Custom:gone', 'BUSY')
    await server!.set('PJSIP/1', 'BUSY')
    expect(await cluster.letRun(server!.node.unset('device_state', 'Custom:gone'))).toBe(true)
    server!.kill()
    await server!.start()
    expect(server!.node.list('device_state')).toEqual([{ key: 'Custom:kept', value: 'BUSY' }])
  })
})
