import type { Configuration } from '../config/settings.ts'
import { faultText, type Reading } from '../config/source.ts'
import { RunnerProcess } from '../hooks/runner-process.ts'
import { Hooks } from '../hooks/hooks.ts'
import { createNode } from '../node/create-node.ts'
import type { NodeOptions } from '../node/options.ts'
import { systemClock } from '../runtime/clock.ts'
import type { EntityId } from '../state/entity-id.ts'
import { asteriskBridge } from './asterisk-bridge.ts'
import { hookRunnerCommand } from './commands/hook-runner.ts'
import { guardProcess } from './fatal.ts'
import { hangups, type Hangups } from './hangup.ts'
import { keepPort, withKeptPort } from './kept-port.ts'
import { logFormat, logOutput, programLog, type LevelledLog } from './log.ts'
import { httpOptions, nodeOptions, peerOptions } from './node-options.ts'
import { RunningConfiguration, type Live } from './reload.ts'
import { runningSettings } from './running-settings.ts'
import { serve } from './service.ts'
import { stopSignal } from './stop-signal.ts'
import { ServiceCompanion } from './systemd/companion.ts'
import { serviceNotify, type Notify } from './systemd/notify.ts'
import type { Terminal } from './terminal.ts'

/** Reads everything that is configured, again. */
export type ReadConfiguration = () => Promise<Reading<Configuration>>

/** Runs a node until the process is told to stop; the terminal's exit code tells how it went. */
export async function runNode(
  terminal: Terminal,
  configuration: Configuration,
  readAgain: ReadConfiguration,
): Promise<void> {
  const { env, colour } = terminal
  const { settings, notices } = configuration
  const output = logOutput()
  const format = logFormat(settings.logFormat, env)
  const log = programLog({ level: settings.logLevel, format, colour, destination: output })
  const stop = stopSignal(terminal)
  const hangup = hangups(terminal)
  const unguard = guardProcess(terminal, output)
  try {
    for (const notice of notices) log.warn(faultText(notice))
    const running = new RunningConfiguration(configuration, readAgain, log)
    const notify = serviceNotify(env, log)
    let options = await nodeOptions(configuration, log)
    let lived: Lived
    do {
      lived = await live({ env, running, options, log, notify, stop: stop.signal, hangup })
      if (lived.adopted !== undefined) options = { ...options, entityId: lived.adopted }
    } while (lived.adopted !== undefined && !stop.signal.aborted)
    if (!lived.hasLeft) terminal.exitCode = 1
  } catch (error) {
    // Asked to stop while it started: nothing is left behind, and nothing failed.
    if (!stop.signal.aborted) throw error
  } finally {
    stop.release()
    hangup.release()
    unguard()
    output.flushSync()
  }
}

/** What one life of a node is given. */
interface LifeParts {
  readonly env: NodeJS.ProcessEnv
  readonly running: RunningConfiguration
  readonly options: NodeOptions
  readonly log: LevelledLog
  readonly notify: Notify | undefined
  readonly stop: AbortSignal
  readonly hangup: Hangups
}

/** How a node's life ended, and the entity ID under which it should begin the next one. */
interface Lived {
  readonly hasLeft: boolean
  readonly adopted: EntityId | undefined
}

/** One life of a node. It ends early where the local Asterisk turns out to be another entity and nobody has chosen this one. */
async function live({ env, running, options, log, notify, stop, hangup }: LifeParts): Promise<Lived> {
  const { settings } = running.current
  const { dataDir: dataDirectory, listen, heartbeatMs } = settings
  const change = new AbortController()
  let adopted: EntityId | undefined
  const adopt = (entity: EntityId): void => {
    if (adopted !== undefined) return
    adopted = entity
    log.info(`the local Asterisk is entity ${entity}: this node begins again as that one`)
    change.abort()
  }
  const node = createNode({
    ...options,
    ...peerOptions(running.current),
    listen: await withKeptPort(listen, dataDirectory),
  })
  const bridge = await asteriskBridge(node, running.current, log, settings.entityId === undefined ? adopt : undefined)
  const [clock, runner, plan] = [systemClock, new RunnerProcess(hookRunnerCommand()), running.current.hooks]
  const hooks = new Hooks({ node, log, clock, runner, dataDirectory, env, plan })
  const companion = new ServiceCompanion({ env, node, dataDirectory, clock, log, notify, heartbeatMs })
  try {
    const hasLeft = await serve({
      node,
      bridge,
      dataDirectory,
      log,
      settings: () => runningSettings(running.current, node),
      hints: () => running.current.hints,
      counts: () => ({ ...hooks.counts(), ...bridge?.counts() }),
      http: httpOptions(running.current),
      stop: AbortSignal.any([stop, change.signal]),
      onRunning(control) {
        void keepPort(listen, node.addresses(), dataDirectory)
        companion.running()
        const changes: Live = {
          setHooks: (fresh) => hooks.use(fresh),
          setPeers: (fresh) => node.usePeers(peerOptions(fresh)),
          setHttp: (fresh) => control.useHttp(httpOptions(fresh)),
        }
        hangup.listen(() => void companion.reloading(() => running.readAgain(changes)))
      },
      onLeaving() {
        hooks.close()
        companion.leaving(adopted === undefined)
      },
    })
    return { hasLeft, adopted }
  } finally {
    hooks.close()
  }
}
