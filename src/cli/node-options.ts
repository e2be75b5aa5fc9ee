import type { Configuration } from '../config/settings.ts'
import type { HttpOptions } from '../control/http-entrance.ts'
import type { NodeOptions } from '../node/options.ts'
import type { PeerOptions } from '../node/peer-options.ts'
import type { Log } from '../runtime/log.ts'
import { readKeyFile } from './key-file.ts'

/** A node's options from what is configured. Rejects with `file-invalid` where the key file is no key. */
export async function nodeOptions(configuration: Configuration, log: Log): Promise<NodeOptions> {
  const { settings, channels, latestDevices } = configuration
  const { cluster, entityId, name, dataDir, listen, mdns, keyFile } = settings
  return {
    cluster,
    name,
    dataDirectory: dataDir,
    channels,
    latestDevices,
    listen,
    mdns,
    log,
    clusterKey: keyFile === undefined ? undefined : await readKeyFile(keyFile),
    timing: {
      coalesceMs: settings.coalesceMs,
      heartbeatMs: settings.heartbeatMs,
      forgetAfterMs: settings.forgetAfterS * 1000,
    },
    ...peerOptions(configuration),
    ...(entityId === undefined ? {} : { entityId }),
  }
}

/** The part of them that a running node can be given anew. */
export function peerOptions({ settings: { peer, peers } }: Configuration): PeerOptions {
  return { peers: peer, allowedPeers: peers.length === 0 ? undefined : peers }
}

/** Where HTTP is to be served. */
export function httpOptions({ settings: { http, httpTokenFile } }: Configuration): HttpOptions | undefined {
  return http === undefined ? undefined : { ...http, tokenFile: httpTokenFile }
}
