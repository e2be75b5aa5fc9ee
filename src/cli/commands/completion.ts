import { Argument, type Command } from 'commander'
import { clientOf, type ClientOptions } from '../client-of.ts'
import { completionScripts, shells, type Shell } from '../completion/scripts.ts'
import { systemCandidates } from '../completion/system-candidates.ts'
import { addExamples } from '../listing.ts'
import type { Terminal } from '../terminal.ts'

/** A key that is pressed wants its answer before the next one. */
const answerMaxMs = 700

/** `completion`, and `complete`, which its scripts call. */
export function addCompletionCommands(program: Command, terminal: Terminal): void {
  const command = program
    .command('completion')
    .summary('teach a shell to complete commands, options, states and device names')
    .description(
      'Prints what a shell is to read so that it completes commands, options, states and, from the running node, device names.',
    )
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
  addExamples(command, [
    'completion bash > /etc/bash_completion.d/lampfield',
    'completion zsh > "${fpath[1]}/_lampfield"',
    'completion fish > ~/.config/fish/completions/lampfield.fish',
  ])
  command.action((shell: Shell) => terminal.out(completionScripts[shell].trimEnd()))
  const complete = program
    .command('complete', { hidden: true })
    .argument('<line>', 'the command line up to the cursor')
    .summary('what may stand at the end of a command line')
    .description(
      'Prints what may stand in place of the last word of a command line, one candidate a line: for completion scripts.',
    )
  addExamples(complete, ['complete -- "lampfield get Custom:"'])
  complete.action(async (line: string) => {
    for (const candidate of await candidatesOf(program, terminal, line)) terminal.out(candidate)
  })
}

async function candidatesOf(program: Command, terminal: Terminal, line: string): Promise<readonly string[]> {
  const words = line.split(/\s+/).slice(1)
  // The node that the line itself names is asked.
  const at = words.findIndex((word) => word === '--data-dir' || word.startsWith('--data-dir='))
  const named = words[at]?.split('=', 2)[1] ?? words[at + 1]
  const options: ClientOptions = at < 0 || named === undefined || named === '' ? {} : { dataDir: named }
  const client = await clientOf(terminal, options, { answerMaxMs })
  return (await systemCandidates(program, words, client)).filter(isHarmless)
}

/** What a shell would take apart, or would run, is not put on anybody's command line: names come from other machines. */
const isHarmless = (candidate: string): boolean => /^[\w.,:/@%+=^-]+$/.test(candidate)
