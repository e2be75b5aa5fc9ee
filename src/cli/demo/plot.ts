import { systemClock } from '../../runtime/clock.ts'
import type { DeviceState } from '../../state/device-state.ts'
import type { DemoServer } from './server.ts'
import { within } from '../within.ts'
import { NotSeen, type Story } from './story.ts'

/** The device and the extension of the old document's own test. */
const lamp = 'Custom:mystate'
const extension = '1234'
const door = 'Custom:door'

/** Longest times that are waited. They are wide: what is promised is told by the times that are printed. */
const wait = { startMs: 15_000, changeMs: 3000, deathMs: 5000, silenceMs: 8000, returnMs: 10_000 }

/** What the demo shows, in its order. Rejects at the first thing that is not seen. */
export async function play(story: Story, servers: readonly [DemoServer, DemoServer, DemoServer]): Promise<void> {
  await discovery(story, servers)
  await hints(story, servers)
  await sharing(story, servers)
  await aggregation(story, servers)
  await death(story, servers)
  await restart(story, servers)
  await cut(story, servers)
  await agreement(story, servers)
}

type Servers = readonly [DemoServer, DemoServer, DemoServer]

async function discovery(story: Story, servers: Servers): Promise<void> {
  story.chapter('Discovery: three servers start, and none is told where the others are')
  for (const server of servers) server.start()
  await story.see('three nodes run, each in a process of its own', wait.startMs, () => every(servers, isReady))
  await story.see('each lists the other two as alive, found by multicast', wait.startMs, () =>
    every(servers, (server) => hasAlive(server, others(servers, server))),
  )
}

async function hints(story: Story, servers: Servers): Promise<void> {
  story.chapter(`A hint: extension ${extension} shows ${lamp} on every server`)
  await story.see('nobody has said anything yet: its lamp is Unavailable on all three', wait.changeMs, () =>
    every(servers, (server) => showsHint(server, 'Unavailable')),
  )
}

async function sharing(story: Story, servers: Servers): Promise<void> {
  const [a, b, c] = servers
  story.chapter(`Set on one, read on another: ${a.name} sets ${lamp} INUSE`)
  await timedSet(story, a, lamp, 'INUSE', [b, c])
  await story.see(`extension ${extension} is InUse on all three`, wait.changeMs, () =>
    every(servers, (server) => showsHint(server, 'InUse')),
  )
}

async function aggregation(story: Story, servers: Servers): Promise<void> {
  const [a, b, c] = servers
  story.chapter(`Different states are added up: ${b.name} sets the same device RINGING`)
  await b.client.setDeviceState(lamp, 'RINGING')
  await story.see('INUSE and RINGING make RINGINUSE on all three', wait.changeMs, () =>
    every(servers, (server) => shows(server, lamp, 'RINGINUSE')),
  )
  const { entries, rule } = await c.client.explain('device_state', lamp)
  story.say(`${c.name} explains: ${entries.map(({ name, value }) => `${name} says ${String(value)}`).join(', ')}`)
  story.say(rule)
  await b.client.unsetDeviceState(lamp)
  await story.see(`${b.name} takes its word back: only the INUSE of ${a.name} is left`, wait.changeMs, () =>
    every(servers, (server) => shows(server, lamp, 'INUSE')),
  )
}

async function death(story: Story, [a, b, c]: Servers): Promise<void> {
  story.chapter(`A death: ${a.name} is killed with kill -9 while its lamp is on`)
  const sinceMs = story.now()
  await a.kill()
  const off = async (): Promise<boolean> =>
    (await every([b, c], (server) => shows(server, lamp, 'INVALID'))) &&
    (await every([b, c], (server) => hasStatus(server, a, 'down')))
  await story.see(
    `${b.name} and ${c.name} list it as down, and the lamp is off: it does not stick`,
    wait.deathMs,
    off,
    sinceMs,
  )
}

async function restart(story: Story, servers: Servers): Promise<void> {
  const [a] = servers
  story.chapter(`A restart: ${a.name} starts again`)
  a.start()
  await story.see('it runs', wait.startMs, () => isReady(a))
  await story.see(`its ${lamp} is back from its disk: INUSE on all three, set by nobody`, wait.returnMs, () =>
    every(servers, (server) => shows(server, lamp, 'INUSE')),
  )
}

async function cut(story: Story, servers: Servers): Promise<void> {
  const [a, b, c] = servers
  story.chapter(`A cut: ${c.name} is unplugged`)
  await timedSet(story, c, door, 'INUSE', [a, b])
  story.say(`${c.name} is frozen (SIGSTOP): to the others it is silent, as behind a cut cable`)
  let sinceMs = story.now()
  c.signal('SIGSTOP')
  await story.see(
    `${a.name} and ${b.name} list it as down, and its lamp is off`,
    wait.silenceMs,
    async () =>
      (await every([a, b], (server) => hasStatus(server, c, 'down'))) &&
      (await every([a, b], (server) => shows(server, door, 'INVALID'))),
    sinceMs,
  )
  await a.client.setDeviceState(lamp, 'BUSY')
  story.say(`meanwhile ${a.name} sets ${lamp} BUSY: ${c.name} cannot hear it`)
  sinceMs = story.now()
  c.signal('SIGCONT')
  story.say(`${c.name} is plugged in again: nobody does anything else`)
  await story.see(
    `each lists the other two as alive again`,
    wait.returnMs,
    () => every(servers, (server) => hasAlive(server, others(servers, server))),
    sinceMs,
  )
  await story.see(
    `${c.name} has learnt what it missed (${lamp} BUSY), and its own lamp is on again everywhere`,
    wait.returnMs,
    async () =>
      (await every(servers, (server) => shows(server, lamp, 'BUSY'))) &&
      (await every(servers, (server) => shows(server, door, 'INUSE'))),
    sinceMs,
  )
}

async function agreement(story: Story, servers: Servers): Promise<void> {
  story.chapter('The end: do all agree?')
  await story.see('`lampfield check` says yes on all three', wait.returnMs, () =>
    every(servers, async ({ client }) => {
      const { agreed, members } = await client.check()
      return agreed && members.length === 2 && members.every(({ verdict }) => verdict === 'agrees')
    }),
  )
}

/** Sets a state on one server and tells how soon the others told it on: by their event streams, not by looking again and again. */
async function timedSet(
  story: Story,
  setter: DemoServer,
  device: string,
  state: DeviceState,
  readers: readonly DemoServer[],
): Promise<void> {
  const leaving = new AbortController()
  const streams = await Promise.all(
    readers.map(({ client }) => client.events({ channel: 'device_state', pattern: device, signal: leaving.signal })),
  )
  const sinceMs = story.now()
  const heard = streams.map(async (events) => {
    for await (const event of events) if (event.type === 'change' && event.after === state) return
    throw new Error('the event stream ended')
  })
  await setter.client.setDeviceState(device, state)
  const names = readers.map(({ name }) => name).join(' and ')
  try {
    const isHeard = (): Promise<boolean> => within(systemClock, wait.changeMs, Promise.all(heard))
    await story.see(`${names} heard of it`, wait.changeMs, isHeard, sinceMs)
  } finally {
    leaving.abort()
  }
  await story.see(`${names} answer \`get ${device}\` with ${state}`, wait.changeMs, () =>
    every(readers, (server) => shows(server, device, state)),
  )
}

const others = (servers: Servers, one: DemoServer): readonly DemoServer[] => servers.filter((server) => server !== one)

async function every(
  servers: readonly DemoServer[],
  holds: (server: DemoServer) => Promise<boolean>,
): Promise<boolean> {
  const results = await Promise.all(servers.map(holds))
  return results.every(Boolean)
}

async function isReady(server: DemoServer): Promise<boolean> {
  if (!server.isRunning) throw new NotSeen(`${server.name} should run, and ended by itself`)
  return (await server.client.node()).status === 'running'
}

async function hasAlive(server: DemoServer, wanted: readonly DemoServer[]): Promise<boolean> {
  const members = await server.client.members()
  return wanted.every(({ name }) => members.some((member) => member.name === name && member.status === 'alive'))
}

async function hasStatus(server: DemoServer, wanted: DemoServer, status: string): Promise<boolean> {
  const members = await server.client.members()
  return members.some((member) => member.name === wanted.name && member.status === status)
}

async function shows(server: DemoServer, device: string, state: DeviceState): Promise<boolean> {
  return (await server.client.deviceState(device)).state === state
}

async function showsHint(server: DemoServer, state: string): Promise<boolean> {
  const hint = (await server.client.hints()).find((one) => one.extension.split('@')[0] === extension)
  return hint?.state === state
}
