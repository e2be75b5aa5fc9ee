import type { Command } from 'commander'
import type { ControlClient } from '../../control/client.ts'
import { systemCandidates } from '../completion/system-candidates.ts'
import { clientOf, type ClientOptions } from '../client-of.ts'
import { runConsole } from '../console/console.ts'
import { Interpreter, type OwnCommands } from '../console/interpreter.ts'
import { addExamples } from '../listing.ts'
import type { Terminal } from '../terminal.ts'
import { printable } from '../text.ts'

/** Runs a whole command line of Lampfield; resolves with its exit code. */
export type RunCommandLine = (args: readonly string[], terminal: Terminal) => Promise<number>

/** Commands that ask a running node and end by themselves: the ones that make sense inside a console. */
const ownNames = [
  'channels',
  'check',
  'devices',
  'explain',
  'get',
  'hints',
  'mailboxes',
  'members',
  'mwi',
  'set',
  'settings',
  'stats',
  'unset',
]

/** `console`, and `lampfield -rx "COMMAND"` as Asterisk's users know it. */
export function addConsoleCommands(program: Command, terminal: Terminal, run: RunCommandLine): void {
  const command = program
    .command('console')
    .summary("a console of the running node, in Asterisk's words")
    .description(
      "A console of the running node, in Asterisk's words: core show hints, core show settings, clm show members, devstate change and more. " +
        "Tab completes commands and device names, help lists what there is. Lampfield's own commands are understood too. " +
        'One command alone: lampfield -rx "core show hints".',
    )
  addExamples(command, ['console', '-rx "core show hints"', '-rx "devstate change Custom:mystate INUSE"'])
  command.option('-x <line>', 'run one line of the console, and end')
  command.action(async () => {
    const { x: line, ...options } = command.optsWithGlobals<ClientOptions & { x?: string }>()
    const client = await clientOf(terminal, options)
    const interpreter = interpreterOf({ program, terminal, run, client, options })
    const isGood =
      line === undefined ? await runConsole(terminal, interpreter, await client.node()) : await interpreter.run(line)
    if (!isGood) terminal.exitCode = 1
  })
}

/** `-r`, `-rx`, `-rvvvx` and `-x` in place of a command, which Asterisk's users have in their fingers, as the command they mean. */
export function withAsteriskHabits(args: readonly string[]): readonly string[] {
  const at = args.findIndex((arg, place) => {
    const before = args[place - 1] ?? ''
    return before !== '--data-dir' && !/^--data-dir(=|$)/.test(arg)
  })
  const flags = /^-(?:r?v*(x)|rv*)$/.exec(args[at] ?? '')
  if (flags === null) return args
  return [...args.slice(0, at), 'console', ...(flags[1] === undefined ? [] : ['-x']), ...args.slice(at + 1)]
}

interface InterpreterParts {
  readonly program: Command
  readonly terminal: Terminal
  readonly run: RunCommandLine
  readonly client: ControlClient
  readonly options: ClientOptions
}

function interpreterOf({ program, terminal, run, client, options }: InterpreterParts): Interpreter {
  const where = options.dataDir === undefined ? [] : ['--data-dir', options.dataDir]
  const own: OwnCommands = {
    names: ownNames,
    run: (args) => run([...args, ...where], { ...terminal, exitCode: 0 }),
    complete: (words) => systemCandidates(program, words, client),
  }
  return new Interpreter({ client, out: (line) => terminal.out(printable(line)) }, own)
}
