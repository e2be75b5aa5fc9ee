import type { Fleet, Member } from './fleet.ts'

/** Silently cuts a fleet in two: nothing passes, and nobody is told. */
export async function cutApart(fleet: Fleet, one: readonly Member[], other: readonly Member[]): Promise<void> {
  if (fleet.lan !== undefined) {
    const { lan } = fleet
    const hosts = (side: readonly Member[]) => side.map(({ number }) => lan.host(number))
    lan.split(hosts(one), hosts(other))
    return
  }
  await Promise.all([
    ...one.map(({ process }) => process.ask('cut', { ports: portsOf(other) })),
    ...other.map(({ process }) => process.ask('cut', { ports: portsOf(one) })),
  ])
}

/** The link is back. */
export async function mend(fleet: Fleet): Promise<void> {
  if (fleet.lan !== undefined) fleet.lan.block()
  else await Promise.all(fleet.nodes.map((node) => node.ask('cut', { ports: [] })))
}

const portsOf = (members: readonly Member[]): number[] =>
  members.map(({ addresses }) => Number(/\/tcp\/(\d+)/.exec(addresses[0] ?? '')?.[1]))
