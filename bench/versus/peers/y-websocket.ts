import { join } from 'node:path'
import { hubHost } from '../ground.ts'
import { npmPackage } from '../manifest.ts'
import type { Peer } from '../peer.ts'
import { processPeer } from '../process-peer.ts'

const server = join(import.meta.dirname, '..', 'node_modules', 'y-websocket', 'bin', 'server.cjs')

export const yWebsocket: Peer = processPeer({
  name: 'y-websocket',
  about: 'a Y.Map through its own server',
  broker: 'the y-websocket server',
  storm: 9000,
  presence: 'awareness, which the server ends with the connection',
  adapter: 'y-websocket',
  async prepare() {
    return `${await npmPackage('y-websocket')}, yjs ${await npmPackage('yjs')}`
  },
  async serve(ground) {
    const port = 1234
    const address = ground.address(hubHost)
    ground.daemon(hubHost, process.execPath, [server], { HOST: address, PORT: String(port) })
    return { address, port }
  },
})
