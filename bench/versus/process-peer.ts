import { verify } from '../verification.ts'
import { monotonicMs } from '../worker/monotonic.ts'
import { Ground, participantCount, type Participating } from './ground.ts'
import type { Cluster, Peer } from './peer.ts'
import type { Settings } from './worker/adapter.ts'

/** A product whose participants are workers that run an adapter. */
export interface ProcessPeer extends Omit<Peer, 'open'> {
  readonly adapter: string
  /** Starts what the participants need beside themselves; what each of them has to know. */
  serve(ground: Ground): Promise<Settings>
}

export function processPeer({ adapter, serve, ...peer }: ProcessPeer): Peer {
  return {
    ...peer,
    async open(): Promise<Cluster> {
      const ground = new Ground()
      try {
        const settings = await serve(ground)
        const participants = Array.from({ length: participantCount }, (_, at) => ground.worker(at + 1))
        await Promise.all(
          participants.map(async (participant, at) => {
            await checkClock(participant)
            const number = at + 1
            const place = {
              name: `p${number}`,
              number,
              address: ground.address(number),
              everybody: ground.everybody,
              directory: ground.directoryOf(number),
              settings,
            }
            await participant.ask('start', { adapter, place })
          }),
        )
        return new ProcessCluster(ground, participants)
      } catch (error) {
        await ground.close()
        throw error
      }
    },
  }
}

class ProcessCluster implements Cluster {
  readonly participants: readonly Participating[]
  readonly #ground: Ground

  constructor(ground: Ground, participants: readonly Participating[]) {
    this.#ground = ground
    this.participants = participants
  }

  kill(number: number): void {
    this.#ground.kill(number)
  }

  cut(number: number): void {
    const { lan } = this.#ground
    lan.split(
      [lan.host(number)],
      lan.hosts.filter((host) => host.number !== number),
    )
  }

  mend(): void {
    this.#ground.lan.block()
  }

  bytes(): number {
    return this.#ground.bytes()
  }

  memory(): { participants: number; daemons: number } {
    return this.#ground.memory()
  }

  close(): Promise<void> {
    return this.#ground.close()
  }
}

/** As in `Fleet`: a time there must lie between two times here. */
async function checkClock(participant: Participating): Promise<void> {
  const before = monotonicMs()
  const there = await participant.ask('clock', undefined)
  const after = monotonicMs()
  verify(before <= there && there <= after, `the clock of ${participant.name} is another one`)
}
