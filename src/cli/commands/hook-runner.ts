import type { Command } from 'commander'
import { serveRuns } from '../../hooks/run-service.ts'
import { Failure } from '../../runtime/failure.ts'
import { systemClock } from '../../runtime/clock.ts'
import { addExamples } from '../listing.ts'
import type { Terminal } from '../terminal.ts'

const name = 'hook-runner'

/** `hook-runner`, which a node runs for itself. */
export function addHookRunnerCommands(program: Command, _terminal: Terminal): void {
  const command = program
    .command(name, { hidden: true })
    .summary('runs the programs of hooks for a node')
    .description('Runs the programs of hooks for a node, which begins it by itself and ends it when it leaves.')
  addExamples(command, ['start --config lampfield.conf'])
  command.action(async () => {
    if (process.channel === undefined) {
      throw new Failure('invalid-argument', 'a node begins this by itself: see [hooks] in `lampfield config sample`')
    }
    await serveRuns(process, systemClock)
  })
}

/** How this very program is begun as the runner. */
export function hookRunnerCommand(): readonly [string, ...string[]] {
  return [process.execPath, ...process.execArgv, process.argv[1] ?? '', name]
}
