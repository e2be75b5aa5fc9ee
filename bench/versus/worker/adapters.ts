import type { Start } from './adapter.ts'

/** What starts a participant, by the product's name; read when it is needed, so that no process carries what others use. */
export const adapters: Readonly<Record<string, () => Promise<Start>>> = {
  lampfield: async () => (await import('./adapters/lampfield.ts')).lampfield,
  redis: async () => (await import('./adapters/redis.ts')).redis,
  nats: async () => (await import('./adapters/nats.ts')).natsCore,
  'nats-kv': async () => (await import('./adapters/nats.ts')).natsKv,
  corosync: async () => (await import('./adapters/corosync.ts')).corosync,
  serf: async () => (await import('./adapters/serf.ts')).serf,
  'y-websocket': async () => (await import('./adapters/y-websocket.ts')).yWebsocket,
  hocuspocus: async () => (await import('./adapters/hocuspocus.ts')).hocuspocus,
  'hocuspocus-hub': async () => (await import('./adapters/hocuspocus.ts')).hub,
  automerge: async () => (await import('./adapters/automerge.ts')).automerge,
  'automerge-hub': async () => (await import('./adapters/automerge.ts')).hub,
  orbitdb: async () => (await import('./adapters/orbitdb.ts')).orbitdb,
  kamailio: async () => (await import('./adapters/kamailio.ts')).kamailio,
  gun: async () => (await import('./adapters/gun.ts')).gun,
}
