import type { Configuration } from '../config/settings.ts'
import { faultText } from '../config/source.ts'
import { createNode } from '../node/create-node.ts'
import { guardProcess } from './fatal.ts'
import { logFormat, logOutput, pinoLog } from './log.ts'
import { nodeOptions } from './node-options.ts'
import { runningSettings } from './running-settings.ts'
import { serve } from './service.ts'
import { stopSignal } from './stop-signal.ts'
import type { Terminal } from './terminal.ts'

/** Runs a node until the process is told to stop; the terminal's exit code tells how it went. */
export async function runNode(terminal: Terminal, configuration: Configuration): Promise<void> {
  const { settings, hints, notices } = configuration
  const output = logOutput()
  const format = logFormat(settings.logFormat, terminal.env)
  const log = pinoLog({ level: settings.logLevel, format, colour: terminal.colour, destination: output })
  const stop = stopSignal(terminal)
  const unguard = guardProcess(terminal, output)
  try {
    for (const notice of notices) log.warn(faultText(notice))
    const hasLeft = await serve({
      node: createNode(await nodeOptions(configuration, log)),
      dataDirectory: settings.dataDir,
      log,
      settings: (node) => runningSettings(configuration, node),
      hints: () => hints,
      http: settings.http === undefined ? undefined : { ...settings.http, tokenFile: settings.httpTokenFile },
      stop: stop.signal,
    })
    if (!hasLeft) terminal.exitCode = 1
  } catch (error) {
    // Asked to stop while it started: nothing is left behind, and nothing failed.
    if (!stop.signal.aborted) throw error
  } finally {
    stop.release()
    unguard()
    output.flushSync()
  }
}
