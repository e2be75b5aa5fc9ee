import type { Configuration } from '../config/settings.ts'
import { faultText } from '../config/source.ts'
import { createNode } from '../node/create-node.ts'
import type { NodeOptions } from '../node/options.ts'
import type { EntityId } from '../state/entity-id.ts'
import { asteriskBridge } from './asterisk-bridge.ts'
import { guardProcess } from './fatal.ts'
import { logFormat, logOutput, pinoLog, type LevelledLog } from './log.ts'
import { nodeOptions } from './node-options.ts'
import { runningSettings } from './running-settings.ts'
import { serve } from './service.ts'
import { stopSignal } from './stop-signal.ts'
import type { Terminal } from './terminal.ts'

/** Runs a node until the process is told to stop; the terminal's exit code tells how it went. */
export async function runNode(terminal: Terminal, configuration: Configuration): Promise<void> {
  const { settings, notices } = configuration
  const output = logOutput()
  const format = logFormat(settings.logFormat, terminal.env)
  const log = pinoLog({ level: settings.logLevel, format, colour: terminal.colour, destination: output })
  const stop = stopSignal(terminal)
  const unguard = guardProcess(terminal, output)
  try {
    for (const notice of notices) log.warn(faultText(notice))
    let options = await nodeOptions(configuration, log)
    let lived = await live(configuration, options, log, stop.signal)
    while (lived.adopted !== undefined && !stop.signal.aborted) {
      options = { ...options, entityId: lived.adopted }
      lived = await live(configuration, options, log, stop.signal)
    }
    if (!lived.hasLeft) terminal.exitCode = 1
  } catch (error) {
    // Asked to stop while it started: nothing is left behind, and nothing failed.
    if (!stop.signal.aborted) throw error
  } finally {
    stop.release()
    unguard()
    output.flushSync()
  }
}

/** How a node's life ended, and the entity ID under which it should begin the next one. */
interface Lived {
  readonly hasLeft: boolean
  readonly adopted: EntityId | undefined
}

/** One life of a node. It ends early where the local Asterisk turns out to be another entity and nobody has chosen this one. */
async function live(
  configuration: Configuration,
  options: NodeOptions,
  log: LevelledLog,
  stop: AbortSignal,
): Promise<Lived> {
  const { settings, hints } = configuration
  const change = new AbortController()
  let adopted: EntityId | undefined
  const adopt = (entity: EntityId): void => {
    if (adopted !== undefined) return
    adopted = entity
    log.info(`the local Asterisk is entity ${entity}: this node begins again as that one`)
    change.abort()
  }
  const node = createNode(options)
  const bridge = await asteriskBridge(node, configuration, log, settings.entityId === undefined ? adopt : undefined)
  const hasLeft = await serve({
    node,
    bridge,
    dataDirectory: settings.dataDir,
    log,
    settings: (running) => runningSettings(configuration, running),
    hints: () => hints,
    http: settings.http,
    stop: AbortSignal.any([stop, change.signal]),
  })
  return { hasLeft, adopted }
}
