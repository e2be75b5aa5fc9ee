import type { Clock } from '../runtime/clock.ts'
import type { Network } from '../network/network.ts'
import { encodeMessage } from '../protocol/encode.ts'
import type { FarewellMessage } from '../protocol/messages.ts'

/** A peer that has not taken the farewell by then learns of it from others, or by silence: who leaves is not kept waiting. */
const patienceMs = 500

interface LeaveParts {
  readonly network: Network
  readonly clock: Clock
}

/** Says farewell: by gossip to those that are not linked, and to the linked ones until they have it. */
export async function takeLeave(
  { network, clock }: LeaveParts,
  farewell: FarewellMessage,
  publish: (farewell: FarewellMessage) => Promise<void>,
): Promise<void> {
  await Promise.all([publish(farewell), handToAll(network, clock, encodeMessage(farewell))])
}

/**
 * Hands the farewell to every linked peer and resolves when each has taken it. Gossip alone may still lie in a queue when the links are
 * closed; what then was a clean leave takes as long to be seen as a cable pulled.
 */
async function handToAll(network: Network, clock: Clock, farewell: Uint8Array): Promise<void> {
  const peers = new Set(network.links().map(({ peer }) => peer))
  if (peers.size === 0) return
  await new Promise<void>((resolve) => {
    const cancel = clock.after(patienceMs, resolve)
    let waiting = peers.size
    const taken = (): void => {
      waiting -= 1
      if (waiting > 0) return
      cancel()
      resolve()
    }
    for (const peer of peers) network.request(peer, farewell, { frame: () => undefined, end: taken })
  })
}
