import { createNode, defineChannel, latestReducer, type Channel, type Node } from 'lampfield'

/** Where a person is, as said last and wherever it was said. */
interface Presence {
  readonly status: 'here' | 'away'
  readonly room?: string
}

const isPresence = (value: unknown): value is Presence =>
  typeof value === 'object' &&
  value !== null &&
  'status' in value &&
  (value.status === 'here' || value.status === 'away') &&
  (!('room' in value) || typeof value.room === 'string')

/** People by name; the latest word counts, listings say since when, and a server says it again after its restart. */
export const presence: Channel<Presence> = defineChannel({
  name: 'presence',
  value: isPresence,
  reducer: latestReducer<Presence>(),
  stampShown: true,
  persistent: true,
  maxBytes: 200,
})

/** Who is here, and since when. */
export function board(node: Node): string[] {
  return node.list(presence).map(({ key, value: { status, room = 'somewhere' }, sinceMs = 0 }) => {
    return `${key}: ${status}, ${room}, since ${new Date(sinceMs).toISOString()}`
  })
}

/** The node of one desk. */
export const deskNode = (name: string): Node => createNode({ cluster: 'people', name, channels: [presence] })
