import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ControlClient } from '../../src/control/client.ts'
import { startControlServer, type ControlOptions, type ControlServer } from '../../src/control/server.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { silentLog } from '../../src/runtime/log.ts'
import { FakeNode } from './fake-node.ts'

export interface ControlSetup extends AsyncDisposable {
  readonly node: FakeNode
  readonly server: ControlServer
  readonly client: ControlClient
  readonly dataDirectory: string
}

/** HTTP on any port of this machine. */
export const loopback = { host: '127.0.0.1', port: 0, tokenFile: undefined }

/** A control server of a fake node in a fresh directory. */
export async function controlSetup(difference: Partial<ControlOptions> = {}): Promise<ControlSetup> {
  const fresh = await mkdtemp(join(tmpdir(), 'lampfield-control-'))
  const dataDirectory = difference.dataDirectory ?? fresh
  const node = new FakeNode()
  const remove = (): Promise<void> => rm(fresh, { recursive: true, force: true })
  const starting = startControlServer(node, {
    dataDirectory,
    version: '0.0.1',
    clock: systemClock,
    log: silentLog,
    settings: () => [{ name: 'cluster', value: 'test', source: 'default' }],
    hints: () => [{ extension: '1234', devices: ['Custom:mystate', 'PJSIP/alice'], presence: [] }],
    logControl: { level: 'info' },
    counts: () => ({}),
    ...difference,
  })
  // Some tests want a server that refuses to start.
  const server = await starting.catch(async (error: unknown) => {
    await remove()
    throw error
  })
  return {
    node,
    server,
    client: new ControlClient(dataDirectory),
    dataDirectory,
    async [Symbol.asyncDispose]() {
      await server.stop()
      await remove()
    },
  }
}
