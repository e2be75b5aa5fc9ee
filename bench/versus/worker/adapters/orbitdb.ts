// Its parts are written for Node 22.
import '../../../../src/network/node20.ts'
import { load } from '../load.ts'
import { retry } from '../retry.ts'
import type { Adapter, Notice, Place } from '../adapter.ts'

interface PeerId {
  toString(): string
}

interface Libp2p {
  dial(address: unknown): Promise<unknown>
}

interface Helia {
  start(): Promise<void>
  stop(): Promise<void>
}

interface Database {
  readonly events: {
    on(
      event: 'update',
      listener: (entry: { readonly payload: { readonly key: string; readonly value: string } }) => void,
    ): void
    on(event: 'join' | 'leave', listener: (peer: PeerId) => void): void
  }
  put(key: string, value: string): Promise<unknown>
}

interface OrbitDB {
  open(name: string, options: { readonly type: string; readonly AccessController: unknown }): Promise<Database>
}

/** A part of libp2p, made with its options and then with the parts that it needs. */
type Part = (options?: Readonly<Record<string, unknown>>) => unknown

interface Modules {
  createOrbitDB(options: { readonly ipfs: Helia; readonly id: string; readonly directory: string }): Promise<OrbitDB>
  IPFSAccessController(options: { readonly write: readonly string[] }): unknown
  createLibp2p(options: Readonly<Record<string, unknown>>): Promise<Libp2p>
  Helia: new (options: Readonly<Record<string, unknown>>) => Helia
  MemoryBlockstore: new () => unknown
  MemoryDatastore: new () => unknown
  generateKeyPairFromSeed(type: 'Ed25519', seed: Uint8Array): Promise<unknown>
  peerIdFromPrivateKey(key: unknown): PeerId
  multiaddr(address: string): unknown
  readonly bitswap: Part
  readonly gossipsub: Part
  readonly identify: Part
  readonly noise: Part
  readonly tcp: Part
  readonly yamux: Part
}

const packages = [
  '@orbitdb/core',
  '@helia/utils',
  '@helia/block-brokers',
  '@chainsafe/libp2p-gossipsub',
  '@chainsafe/libp2p-noise',
  '@chainsafe/libp2p-yamux',
  '@libp2p/crypto/keys',
  '@libp2p/identify',
  '@libp2p/peer-id',
  '@libp2p/tcp',
  '@multiformats/multiaddr',
  'blockstore-core',
  'datastore-core',
  'libp2p',
]

/** A key-value database on Helia over libp2p, blocks in memory, each participant linked with each. */
export async function orbitdb(place: Place, notice: Notice): Promise<Adapter> {
  const loaded = await Promise.all(packages.map((name) => load<Partial<Modules>>(name)))
  // Namespaces cannot be spread into one another by type: together they have all the parts.
  const parts = Object.assign({}, ...loaded) as Modules
  const port = Number(place.settings['port'])
  // Keys that follow from the number, so that everybody knows everybody's name.
  const keys = await Promise.all(
    place.everybody.map((_, at) => parts.generateKeyPairFromSeed('Ed25519', new Uint8Array(32).fill(at + 1))),
  )
  const ids = keys.map((key) => parts.peerIdFromPrivateKey(key).toString())
  const addressOf = (address: string, at: number): string => `/ip4/${address}/tcp/${port + at}`
  const libp2p = await parts.createLibp2p({
    privateKey: keys[place.number - 1],
    addresses: { listen: [addressOf(place.address, place.number - 1)] },
    transports: [parts.tcp()],
    connectionEncrypters: [parts.noise()],
    streamMuxers: [parts.yamux()],
    services: { identify: parts.identify(), pubsub: parts.gossipsub({ allowPublishToZeroTopicPeers: true }) },
  })
  const helia = new parts.Helia({
    libp2p,
    blockstore: new parts.MemoryBlockstore(),
    datastore: new parts.MemoryDatastore(),
    blockBrokers: [parts.bitswap()],
  })
  await helia.start()
  for (const [at, address] of place.everybody.entries()) {
    const peer = parts.multiaddr(`${addressOf(address, at)}/p2p/${ids[at]}`)
    if (at !== place.number - 1) await retry(() => libp2p.dial(peer))
  }
  const base = await parts.createOrbitDB({ ipfs: helia, id: place.name, directory: place.directory })
  const AccessController = parts.IPFSAccessController({ write: ['*'] })
  const database = await base.open('state', { type: 'keyvalue', AccessController })
  database.events.on('update', ({ payload }) => notice.changed(payload.key, payload.value))
  const nameOf = (peer: PeerId): string => `p${ids.indexOf(peer.toString()) + 1}`
  database.events.on('join', (peer) => notice.came(nameOf(peer)))
  database.events.on('leave', (peer) => notice.gone(nameOf(peer)))
  return {
    async set(key, value) {
      await database.put(key, value)
    },
    stop: () => helia.stop(),
  }
}
