import { Command, CommanderError } from 'commander'
import { Failure, type FailureCode } from '../runtime/failure.ts'
import { addAsteriskCommands } from './commands/asterisk.ts'
import { addBenchCommands } from './commands/bench.ts'
import { addChannelCommands } from './commands/channels.ts'
import { addCheckCommands } from './commands/check.ts'
import { addCompletionCommands } from './commands/completion.ts'
import { addConsoleCommands, withAsteriskHabits } from './commands/console.ts'
import { addConfigCommands } from './commands/config.ts'
import { addDemoCommands } from './commands/demo.ts'
import { addDeviceCommands } from './commands/devices.ts'
import { addExplainCommands } from './commands/explain.ts'
import { addHookRunnerCommands } from './commands/hook-runner.ts'
import { addHintCommands } from './commands/hints.ts'
import { addKeygenCommands } from './commands/keygen.ts'
import { addMailboxCommands } from './commands/mailboxes.ts'
import { addMemberCommands } from './commands/members.ts'
import { addSettingCommands } from './commands/settings.ts'
import { addStartCommands } from './commands/start.ts'
import { addStatCommands } from './commands/stats.ts'
import { addTrustCommands } from './commands/trust.ts'
import { addTopCommands } from './commands/top.ts'
import { addWatchCommands } from './commands/watch.ts'
import { addSystemdCommands } from './commands/systemd.ts'
import { addExamples } from './listing.ts'
import type { Terminal } from './terminal.ts'
import { printable } from './text.ts'
import { version } from './version.ts'

const commandGroups = [
  addStartCommands,
  addDemoCommands,
  addMemberCommands,
  addChannelCommands,
  addSettingCommands,
  addStatCommands,
  addDeviceCommands,
  addMailboxCommands,
  addHintCommands,
  addExplainCommands,
  addWatchCommands,
  addTopCommands,
  addCheckCommands,
  addBenchCommands,
  addTrustCommands,
  addAsteriskCommands,
  addKeygenCommands,
  addConfigCommands,
  addSystemdCommands,
  addCompletionCommands,
  addHookRunnerCommands,
]

/** Runs one command line and resolves with the exit code: 0 done, 1 failed, 2 wrongly asked. Never rejects. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const program = lampfieldProgram(terminal)
  try {
    await program.parseAsync(withAsteriskHabits(args), { from: 'user' })
    return terminal.exitCode
  } catch (error) {
    return failed(terminal, error)
  }
}

function bareProgram(terminal: Terminal): Command {
  return new Command('lampfield')
    .description('Shares device state and message waiting between PBX servers, with no broker.')
    .version(version, '--version', 'print the version')
    .option(
      '--data-dir <directory>',
      'where the node keeps its identity, and where commands find it (LAMPFIELD_DATA_DIR)',
    )
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
      outputError: (text) => terminal.err(oneLine(text.replace(/^error: /, ''))),
      getOutHasColors: () => terminal.colour,
      getErrHasColors: () => false,
    })
    .exitOverride()
    .showSuggestionAfterError()
}

/** The program with all its commands, which run where it is told to parse a command line. */
export function lampfieldProgram(terminal: Terminal): Command {
  const program = bareProgram(terminal)
  for (const add of commandGroups) add(program, terminal)
  addConsoleCommands(program, terminal, run)
  addExamples(program, ['demo', 'start --http 127.0.0.1:8088', 'set Custom:mystate INUSE', 'explain Custom:mystate'])
  return program
}

/** Says in one line what failed. A failure's sentence is all that helps; the stack of an error of ours is for its developers. */
function failed(terminal: Terminal, error: unknown): number {
  if (error instanceof CommanderError) {
    // Commander has written what was wrong; asking for help or the version is no error.
    return error.exitCode === 0 ? 0 : 2
  }
  if (!(error instanceof Error)) {
    terminal.err(oneLine(String(error)))
    return 1
  }
  terminal.err(oneLine(error.message))
  if (terminal.env['LAMPFIELD_LOG_LEVEL'] === 'debug' && error.stack !== undefined) terminal.err(error.stack)
  return Failure.is(error) && wronglyAsked.has(error.code) ? 2 : 1
}

const wronglyAsked: ReadonlySet<FailureCode> = new Set<FailureCode>(['invalid-argument', 'file-invalid'])

const oneLine = (text: string): string => `lampfield: ${printable(text.trim().replaceAll(/\s*\n\s*/g, ' '))}`
