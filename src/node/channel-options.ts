import { Failure } from '../runtime/failure.ts'
import { limits } from '../protocol/limits.ts'
import { deviceStateChannel, mwiChannel, parseChannelName, type Channel } from '../state/channel.ts'
import { Fold } from './fold.ts'
import type { ChannelOption, NodeOptions } from './options.ts'

/** The event channels that the options open, by name. Throws `invalid-argument` where they do not fit together. */
export function openFolds(options: NodeOptions): Map<string, Fold> {
  const given = options.channels ?? [{ channel: 'device_state' }, { channel: 'mwi' }]
  const folds = new Map<string, Fold>()
  for (const each of given) {
    const option = typeof each === 'string' || 'codec' in each ? { channel: each } : each
    const channel = channelOf(option, options.latestDevices ?? [])
    if (folds.has(channel.name)) throw new Failure('invalid-argument', `channel ${channel.name} is given twice`)
    const { publish = true, subscribe = true } = option
    folds.set(channel.name, new Fold(channel, { channel: channel.name, publish, subscribe }))
  }
  if (folds.size > limits.channelsMax) {
    throw new Failure('invalid-argument', `${folds.size} channels are given; a node has at most ${limits.channelsMax}`)
  }
  return folds
}

function channelOf(option: ChannelOption, latestDevices: readonly string[]): Channel<unknown, unknown> {
  const { channel } = option
  if (typeof channel !== 'string') {
    const name = parseChannelName(channel.name)
    if (!name.ok) throw new Failure('invalid-argument', name.reason)
    return channel
  }
  if (channel === 'device_state') return deviceStateChannel({ latest: latestDevices })
  if (channel === 'mwi') return mwiChannel()
  throw new Failure(
    'invalid-argument',
    `no channel is called "${channel}": device_state or mwi, or give its definition`,
  )
}
