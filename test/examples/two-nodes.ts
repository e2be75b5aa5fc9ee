import { createNode } from 'lampfield'

// Two nodes in one process: without a data directory each is an entity of its own, gone with the process.
const common = { cluster: 'example', mdns: false, listen: ['/ip4/127.0.0.1/tcp/0'] }
const first = createNode({ ...common, name: 'first', entityId: '02:00:00:00:00:01' })
await first.start()
const second = createNode({ ...common, name: 'second', entityId: '02:00:00:00:00:02', peers: first.addresses() })
await second.start()

await first.set('device_state', 'PJSIP/alice', 'INUSE')
const signal = AbortSignal.timeout(20_000)
await second.until((node) => node.get('device_state', 'PJSIP/alice') === 'INUSE', { signal })
console.log(`second shows ${second.get('device_state', 'PJSIP/alice')}`)

// A node that leaves takes what it said with it.
await first.stop()
await second.until((node) => node.get('device_state', 'PJSIP/alice') === undefined, { signal })
console.log('and nothing once first has left')
await second.stop()
