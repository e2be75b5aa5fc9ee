import { createHash } from 'node:crypto'

/**
 * Names on the network that keep clusters apart. All are made from one tag, a hash of the cluster's name and key, so that
 * they reveal neither, and two clusters of the same name with different keys are still two.
 */
export interface Topics {
  readonly membership: string
  readonly channel: (channel: string) => string
  /** The channel of a topic, undefined for any other topic. */
  readonly channelOf: (topic: string) => string | undefined
  /** What a node announces over mDNS; at most 63 bytes a label. */
  readonly serviceTag: string
  readonly protocolPrefix: string
}

export function topicsOf(cluster: string, clusterKey: Uint8Array | undefined): Topics {
  const hash = createHash('sha256').update('lampfield cluster 1\0').update(cluster).update('\0')
  if (clusterKey !== undefined) hash.update(clusterKey)
  const tag = hash.digest('hex').slice(0, 16)
  const prefix = `/lampfield/${tag}/channel/`
  return {
    membership: `/lampfield/${tag}/membership`,
    channel: (channel) => prefix + channel,
    channelOf: (topic) => (topic.startsWith(prefix) ? topic.slice(prefix.length) : undefined),
    serviceTag: `lf-${tag}._tcp.local`,
    protocolPrefix: `/lampfield/${tag}`,
  }
}
