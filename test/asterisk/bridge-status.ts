import type { BridgeStatus } from '../../src/asterisk/status.ts'
import type { EntityId } from '../../src/state/entity-id.ts'

/** A link that is well, with what a test wants otherwise. */
export function bridgeStatus(difference: Partial<BridgeStatus> = {}): BridgeStatus {
  const entity = '02:00:00:00:00:0a' as EntityId
  return {
    mode: 'bridge',
    link: 'up',
    linkForMs: 61_000,
    heardAgoMs: 400,
    sipListen: '127.0.0.1:5070',
    asterisk: '127.0.0.1:5060',
    transport: 'udp',
    entity,
    asteriskEntity: entity,
    exchanges: true,
    ownDevices: 1,
    remoteDevices: 2,
    remoteMailboxes: 3,
    publicationsIn: 2,
    publicationsOut: 1,
    queue: 0,
    lastDelivery: '2026-01-01T00:00:00.000Z',
    lastRefresh: null,
    lastError: null,
    counts: { in_states: 7 },
    comparison: {
      devices: 3,
      differing: 1,
      differences: [{ device: 'Custom:night', asterisk: 'INUSE', lampfield: 'NOT_INUSE' }],
    },
    ...difference,
  }
}
