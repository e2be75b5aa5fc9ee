import type { Upgrader } from '@libp2p/interface'
import type { tcp } from '@libp2p/tcp'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Door } from './door.ts'

type MakeTcp = ReturnType<typeof tcp>

/** A TCP transport whose listeners ask the door before anything is said or computed for a connection. */
export function guardedTcp(make: MakeTcp, door: Door, refused: (address: string) => void): MakeTcp {
  return (components) => {
    const transport = make(components)
    const listen = transport.createListener.bind(transport)
    transport.createListener = (options) => listen({ ...options, upgrader: doored(options.upgrader, door, refused) })
    return transport
  }
}

/** The address alone: the port is another one at each attempt. */
export const hostOfConnection = (address: Multiaddr): string => address.nodeAddress().address

function doored(upgrader: Upgrader, door: Door, refused: (address: string) => void): Upgrader {
  return {
    upgradeOutbound: (connection, options) => upgrader.upgradeOutbound(connection, options),
    createInboundAbortSignal: (signal) => upgrader.createInboundAbortSignal(signal),
    getStreamMuxers: () => upgrader.getStreamMuxers(),
    getConnectionEncrypters: () => upgrader.getConnectionEncrypters(),
    upgradeInbound: async (connection, options) => {
      const attempt = door.open(hostOfConnection(connection.remoteAddr))
      if (attempt === undefined) {
        refused(connection.remoteAddr.toString())
        throw new Error('connections from this address come too fast')
      }
      try {
        await upgrader.upgradeInbound(connection, options)
        attempt('up')
      } catch (error) {
        attempt('failed')
        throw error
      }
    },
  }
}
