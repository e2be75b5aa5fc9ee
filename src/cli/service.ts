import { startControlServer, type ControlOptions, type ControlServer } from '../control/server.ts'
import type { Bridge } from '../asterisk/bridge.ts'
import type { Node } from '../node/node.ts'
import { systemClock } from '../runtime/clock.ts'
import type { LevelledLog } from './log.ts'
import { narrate } from './narrator.ts'
import { version } from './version.ts'
import { within } from './within.ts'

export interface ServiceOptions {
  readonly node: Node
  readonly dataDirectory: string
  /** At level `debug` each change is told, with its explanation. */
  readonly log: LevelledLog
  /** Asked while the node runs: only then are its entity ID and addresses known. */
  readonly settings: ControlOptions['settings']
  readonly hints: ControlOptions['hints']
  readonly counts: ControlOptions['counts']
  readonly http: ControlOptions['http']
  /** The link to the local Asterisk; made before the node starts. */
  readonly bridge?: Bridge | undefined
  /** Fires when the node should leave. */
  readonly stop: AbortSignal
  /** Called when the node runs and answers. */
  readonly onRunning: (control: ControlServer) => void
  /** Called before the node says farewell. */
  readonly onLeaving: () => void
}

/** A node that cannot say farewell within this time is left to be found dead by the others. */
const leaveMaxMs = 2000

/**
 * Runs a node and its control interface until told to stop. Rejects where they cannot start; resolves with whether the node left
 * cleanly.
 */
export async function serve(options: ServiceOptions): Promise<boolean> {
  const { node, log, stop } = options
  await node.start({ signal: stop })
  let control: ControlServer | undefined
  try {
    await options.bridge?.start()
    control = await startControlServer(node, controlOptions(options))
    introduce(options, control)
    narrate({ node, log, tellsChanges: () => log.level === 'debug', signal: stop })
    options.onRunning(control)
  } catch (error) {
    await control?.stop()
    await options.bridge?.stop()
    await node.stop()
    throw error
  }
  await aborted(stop)
  log.info('leaving the cluster')
  options.onLeaving()
  const hasLeft = await within(systemClock, leaveMaxMs, leave(node, control, options.bridge))
  if (hasLeft) log.info('left the cluster: the others no longer count this node')
  else log.warn(`could not say farewell within ${leaveMaxMs} ms: the others will see this node go down`)
  return hasLeft
}

function controlOptions(options: ServiceOptions): ControlOptions {
  const { dataDirectory, log, settings, hints, counts, http, bridge } = options
  return {
    dataDirectory,
    version,
    clock: systemClock,
    log,
    logControl: log,
    settings,
    hints,
    counts,
    asterisk: bridge === undefined ? undefined : () => bridge.status(),
    http,
  }
}

async function leave(node: Node, control: ControlServer, bridge: Bridge | undefined): Promise<void> {
  await control.stop()
  await bridge?.stop()
  await node.stop()
}

/** Says who runs, where and for whom: what one wants to see after a start. */
function introduce({ node, log, dataDirectory }: ServiceOptions, control: ControlServer): void {
  const { entity, peer, name, cluster, keyed } = node
  log.info(`lampfield ${version} runs as ${name}, entity ${entity}`, { version, node: name, entity, peer })
  log.info(`peer ID ${peer}`)
  const addresses = node.addresses()
  for (const address of addresses) log.info(`listens on ${address}`)
  log.info(`data directory ${dataDirectory}`, { dataDirectory, socket: control.socketPath })
  if (control.url !== undefined)
    log.info(`page at ${control.url}/, HTTP at ${control.url}/api/v1/, metrics at ${control.url}/metrics`)
  if (keyed) log.info(`cluster "${cluster}", closed: only nodes with its key can join`, { cluster, keyed })
  else {
    const remedy = 'make a key with `lampfield keygen` and give it to every node'
    log.warn(`cluster "${cluster}" is open: anyone on the network may join and write; ${remedy}`, { cluster, keyed })
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
