/** One node, and the floors it is compared with, as a process of its own. The driver asks over the process's IPC channel. */
import { Floors } from './floors.ts'
import { monotonicMs } from './monotonic.ts'
import { NodeHost } from './node-host.ts'
import type { Operations, Reply, Request } from './protocol.ts'
import { SocketCut } from './socket-cut.ts'

type Handlers = {
  readonly [Name in keyof Operations]: (
    argument: Operations[Name]['argument'],
  ) => Operations[Name]['answer'] | Promise<Operations[Name]['answer']>
}

const sockets = new SocketCut()
const host = new NodeHost()
const floors = new Floors()

const nothing = undefined

const handlers: Handlers = {
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
  firstAlive: () => host.firstAliveMs ?? null,
  cut: ({ ports }) => sockets.cut(ports),
  openFloors: () => floors.open(),
  linkFloors: ({ others }) => floors.link(others).then(() => nothing),
  paceFloor: ({ kind, count, gapMs, bytes }) => floors.pace(kind, count, gapMs, bytes),
  floorSeen: () => floors.seen(),
  pingPong: ({ count, bytes }) => floors.pingPong(count, bytes),
}

async function answer({ id, name, argument }: Request): Promise<Reply> {
  try {
    // The driver's calls are checked against the same table, so a name and its argument belong together.
    return { id, answer: await (handlers[name] as (argument: unknown) => unknown)(argument) }
  } catch (error) {
    return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

process.on('message', (request: Request) => {
  void answer(request).then((reply) => process.send?.(reply))
})
// The driver is gone, whatever ended it: nobody would ever end this process.
process.on('disconnect', () => process.exit(0))
// Ctrl-C in a terminal goes to the whole group; the driver decides who ends when.
process.on('SIGINT', () => {})
