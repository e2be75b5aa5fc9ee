/** One node, and the floors it is compared with, as a process of its own. The driver asks over the process's IPC channel. */
import { Floors } from './floors.ts'
import { monotonicMs } from './monotonic.ts'
import { NodeHost } from './node-host.ts'
import type { Operations } from './protocol.ts'
import { serve, type Handlers } from './serve.ts'
import { SocketCut } from './socket-cut.ts'

const sockets = new SocketCut()
const host = new NodeHost()
const floors = new Floors()

const nothing = undefined

const handlers: Handlers<Operations> = {
  clock: () => monotonicMs(),
  start: (spec) => host.start(spec),
  leave: () => host.leave(),
  linked: ({ others, limitMs }) => host.linked(others, limitMs),
  pace: (writes) => host.pace(writes),
  flood: ({ blocks, perTurn }) => host.flood(blocks, perTurn),
  bursts: ({ block, size, gapMs }) => host.bursts(block, size, gapMs).then(() => nothing),
  record: () => host.recorder.begin(),
  recorded: () => host.recorder.take(),
  shows: ({ blocks, limitMs }) => host.shows(blocks, limitMs),
  shown: () => host.shown(),
  gauge: () => host.gauge(),
  heap: () => host.heapBytes(),
  firstAlive: () => host.firstAliveMs ?? null,
  cut: ({ ports }) => sockets.cut(ports),
  openFloors: () => floors.open(),
  linkFloors: ({ others }) => floors.link(others).then(() => nothing),
  paceFloor: ({ kind, count, gapMs, bytes }) => floors.pace(kind, count, gapMs, bytes),
  floorSeen: () => floors.seen(),
  pingPong: ({ count, bytes }) => floors.pingPong(count, bytes),
}

serve<Operations>(handlers)
