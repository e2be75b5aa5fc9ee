import type { Configuration } from '../config/settings.ts'
import type { NodeOptions } from '../node/options.ts'
import type { Log } from '../runtime/log.ts'
import { readKeyFile } from './key-file.ts'

/** A node's options from what is configured. Rejects with `file-invalid` where the key file is no key. */
export async function nodeOptions(configuration: Configuration, log: Log): Promise<NodeOptions> {
  const { settings, channels, latestDevices } = configuration
  const { cluster, entityId, name, dataDir, listen, peer, peers, mdns, keyFile } = settings
  return {
    cluster,
    name,
    dataDirectory: dataDir,
    channels,
    latestDevices,
    listen,
    peers: peer,
    mdns,
    log,
    clusterKey: keyFile === undefined ? undefined : await readKeyFile(keyFile),
    timing: {
      coalesceMs: settings.coalesceMs,
      heartbeatMs: settings.heartbeatMs,
      forgetAfterMs: settings.forgetAfterS * 1000,
    },
    ...(peers.length === 0 ? {} : { allowedPeers: peers }),
    ...(entityId === undefined ? {} : { entityId }),
  }
}
