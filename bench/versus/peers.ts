import type { Peer } from './peer.ts'
import { automerge } from './peers/automerge.ts'
import { corosync } from './peers/corosync.ts'
import { gun } from './peers/gun.ts'
import { hocuspocus } from './peers/hocuspocus.ts'
import { kamailio } from './peers/kamailio.ts'
import { lampfield } from './peers/lampfield.ts'
import { natsKv, nats } from './peers/nats.ts'
import { orbitdb } from './peers/orbitdb.ts'
import { redis } from './peers/redis.ts'
import { serf } from './peers/serf.ts'
import { yWebsocket } from './peers/y-websocket.ts'

/** The one that all others are compared with, and the others, in the order in which each round measures them. */
export const peers: readonly [Peer, ...Peer[]] = [
  lampfield,
  redis,
  nats,
  natsKv,
  corosync,
  serf,
  yWebsocket,
  hocuspocus,
  automerge,
  gun,
  kamailio,
  orbitdb,
]
