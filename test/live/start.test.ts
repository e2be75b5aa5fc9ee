import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeLive, patienceMs } from '../support/live-cluster.ts'
import { tell } from '../support/measure.ts'

const oneLine = (pattern: string): RegExp => new RegExp(`^lampfield: [^\\n]*${pattern}[^\\n]*\\n$`)

describeLive('what can be wrong when a node starts is one clear line, and nothing is lost', 1, (cluster) => {
  const start = (directory: string, ...flags: string[]): ReturnType<ReturnType<typeof cluster>['processes']['run']> => {
    const { lan, processes } = cluster()
    return processes.run(lan.host(1), ['start', '--data-dir', directory, ...flags])
  }

  test('a second start on one data directory', async () => {
    const node = cluster().add(cluster().lan.host(1))
    await node.start()
    await node.client.setDeviceState('Custom:kept', 'INUSE')
    expect(await start(node.dataDirectory)).toEqual({
      code: 1,
      signal: null,
      out: '',
      err: expect.stringMatching(oneLine('is in use by another node')),
    })
    expect(await node.client.deviceState('Custom:kept')).toMatchObject({ state: 'INUSE' })
  })

  test('a port in use', async () => {
    const [node] = cluster().nodes
    const { addresses } = await node!.client.node()
    const port = /\/tcp\/(\d+)\//.exec(addresses[0] ?? '')?.[1] ?? ''
    const other = join(cluster().processes.directory, 'port')
    const { code, out, err } = await start(other, '--listen', `0.0.0.0:${port}`)
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(oneLine('in use'))
  })

  test('a directory that cannot be written', async () => {
    const directory = join(cluster().processes.directory, 'locked')
    mkdirSync(directory)
    // Root may write everywhere but on a file system that is mounted for reading.
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'none', directory])
    expect(mounted.status, String(mounted.stderr)).toBe(0)
    try {
      const { code, out, err } = await start(join(directory, 'data'))
      expect({ code, out }).toEqual({ code: 1, out: '' })
      expect(err).toMatch(oneLine(`${directory}/data`))
    } finally {
      spawnSync('umount', [directory])
    }
  })

  test('a damaged store', async () => {
    const [node] = cluster().nodes
    await node!.kill()
    const store = join(node!.dataDirectory, readdirSync(node!.dataDirectory).find((name) => name === 'store') ?? '.')
    const before = contents(store)
    const manifest = Object.keys(before).find((name) => name.startsWith('MANIFEST')) ?? ''
    const sound = readFileSync(join(store, manifest))
    const broken = Buffer.from(sound)
    broken.fill(0x55, 0, Math.min(broken.length, 64))
    writeFileSync(join(store, manifest), broken)
    const damaged = contents(store)
    const { code, out, err } = await start(node!.dataDirectory)
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(oneLine('damaged'))
    expect(contents(store)).toMatchObject(damaged)
    writeFileSync(join(store, manifest), sound)
    await node!.start()
    expect(await node!.client.deviceState('Custom:kept')).toMatchObject({ state: 'INUSE' })
  })

  test('an unknown state, a bad entity ID, a bad option and a bad file', async () => {
    const { processes, nodes, lan } = cluster()
    const file = join(processes.directory, 'bad.conf')
    writeFileSync(file, '[general]\nclutser = x\n')
    chmodSync(file, 0o600)
    const other = join(processes.directory, 'other')
    const results = [
      await processes.ask(nodes[0]!, ['set', 'Custom:x', 'TIPSY']),
      await start(other, '--entity-id', '00:00:00:00:00:00'),
      await start(other, '--heartbeat', '5'),
      await start(other, '--config', file),
      await processes.run(lan.host(1), ['members', '--data-dir', other]),
    ]
    expect(results.map(({ code }) => code)).toEqual([2, 2, 2, 2, 1])
    for (const { out, err } of results) {
      expect(out).toBe('')
      expect(err).toMatch(/^lampfield: [^\n]+\n$/)
    }
  })
})

describeLive('the demo', 1, (cluster) => {
  test(
    'sees everything it tells, and leaves nothing behind',
    async () => {
      const { lan, processes } = cluster()
      const demo = processes.begin(lan.host(1), ['demo'])
      const { code, out, err } = await demo.ended
      tell(out.trimEnd().split('\n').at(-1) ?? '')
      expect(err).toBe('')
      expect(code).toBe(0)
      expect(out).not.toContain('FAILED')
      const directory = /their directories are in (\S+),/.exec(out)?.[1] ?? ''
      expect(() => readdirSync(directory)).toThrow('ENOENT')
    },
    3 * patienceMs,
  )
})

function contents(directory: string): Readonly<Record<string, string>> {
  const files = readdirSync(directory, { withFileTypes: true }).filter(
    (entry) => entry.isFile() && /MANIFEST|ldb|log|CURRENT/.test(entry.name),
  )
  return Object.fromEntries(files.map(({ name }) => [name, readFileSync(join(directory, name), 'base64')]))
}
