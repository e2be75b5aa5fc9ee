import { createNode } from '../../../../src/node/create-node.ts'
import type { DeviceState } from '../../../../src/state/device-state.ts'
import type { Adapter, Notice, Place } from '../adapter.ts'

const channel = 'device_state'

const entityOf = (number: number): string => `02:62:00:00:01:${number.toString(16).padStart(2, '0')}`

/** A node that knows the others by address; a participant is gone when the node no longer counts it alive. */
export async function lampfield(place: Place, notice: Notice): Promise<Adapter> {
  const { settings, number, everybody } = place
  const port = Number(settings['port'])
  const addressOf = (address: string, at: number): string => `/ip4/${address}/tcp/${port + at}`
  const node = createNode({
    name: place.name,
    entityId: entityOf(number),
    cluster: String(settings['cluster']),
    listen: [addressOf(place.address, number - 1)],
    peers: everybody.map(addressOf).filter((_, at) => at !== number - 1),
    dataDirectory: place.directory,
    mdns: false,
  })
  node.addEventListener('change', ({ detail }) => {
    if (detail.channel === channel && typeof detail.after === 'string') notice.changed(detail.key, detail.after)
  })
  node.addEventListener('member', ({ detail }) => {
    if (detail.to === 'alive') notice.came(detail.name)
    else if (detail.to === 'down' || detail.to === 'left') notice.gone(detail.name)
  })
  await node.start()
  return {
    set: (key, value) => node.set(channel, key, value as DeviceState),
    stop: () => node.stop(),
  }
}
