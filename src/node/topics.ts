import { createHash, createHmac } from 'node:crypto'

/**
 * Names on the network that keep clusters apart.
 *
 * Topics and protocol names are hashes of the cluster's name alone, so that they stay when its key is changed; in a closed cluster they are only ever said
 * inside encrypted connections. What everybody on the local network hears, the mDNS service tag, is made with the key, one for each:
 * without a key nobody can tell from it what cluster it is, and nodes find each other as long as they have one key in common.
 */
export interface Topics {
  readonly membership: string
  readonly channel: (channel: string) => string
  /** The channel of a topic, undefined for any other topic. */
  readonly channelOf: (topic: string) => string | undefined
  /** What a node announces over mDNS, one for each key; at most 63 bytes a label. */
  readonly serviceTags: readonly string[]
  readonly protocolPrefix: string
}

export function topicsOf(cluster: string, clusterKeys: readonly Uint8Array[]): Topics {
  const tag = shortened(createHash('sha256').update('lampfield cluster 1\0').update(cluster).digest('hex'))
  const announced = clusterKeys.map((key) =>
    shortened(createHmac('sha256', key).update('lampfield mdns 1\0').update(cluster).digest('hex')),
  )
  const prefix = `/lampfield/${tag}/channel/`
  return {
    membership: `/lampfield/${tag}/membership`,
    channel: (channel) => prefix + channel,
    channelOf: (topic) => (topic.startsWith(prefix) ? topic.slice(prefix.length) : undefined),
    serviceTags: (announced.length === 0 ? [tag] : announced).map((name) => `lf-${name}._tcp.local`),
    protocolPrefix: `/lampfield/${tag}`,
  }
}

/** 64 bits: more than enough to keep apart the clusters of one network. */
const shortened = (hex: string): string => hex.slice(0, 16)
