import { Option, type Command } from 'commander'
import { readConfiguration } from '../../config/configuration.ts'
import type { Flags } from '../../config/given.ts'
import type { Configuration } from '../../config/settings.ts'
import { faultText } from '../../config/source.ts'
import { flagOf, settingsTable, type SettingName } from '../../config/settings-table.ts'
import { addExamples } from '../listing.ts'
import { compileAtFirstCall } from '../prompt-code.ts'
import type { ReadConfiguration } from '../run-node.ts'
import type { Terminal } from '../terminal.ts'
import { printable } from '../text.ts'

/** The settings that have a flag; `--data-dir` is known to every command. */
const flagged: readonly SettingName[] = [
  'cluster',
  'entityId',
  'name',
  'listen',
  'peer',
  'peers',
  'keyFile',
  'http',
  'httpTokenFile',
  'logLevel',
  'logFormat',
]

/** What was typed behind `lampfield start`. */
interface StartOptions extends Flags {
  readonly config?: string
}

/** `start`. */
export function addStartCommands(program: Command, terminal: Terminal): void {
  const command = program
    .command('start')
    .summary('run a node in the foreground')
    .description(
      'Runs a node in the foreground until it is told to stop (Ctrl-C, SIGTERM). It finds the other nodes of its cluster by itself. ' +
        'Each setting is taken from its flag, else from the environment (LAMPFIELD_CLUSTER and so on), else from the configuration file.',
    )
    .addOption(
      new Option('--config <file>', 'the configuration file; /etc/lampfield/lampfield.conf where there is one'),
    )
  for (const name of flagged) command.addOption(flagOption(name))
  command.addOption(new Option('--no-mdns', 'do not look for nodes by multicast'))
  addExamples(command, [
    'start',
    'start --key-file /etc/lampfield/cluster.key --peer pbx2.example.com:4001',
    'start --data-dir /tmp/second --log-level debug',
  ])
  command.action(async () => {
    const { config, ...flags } = typedOptions(command)
    const read: ReadConfiguration = () => readConfiguration({ flag: config, env: terminal.env }, flags)
    const configuration = await configured(terminal, read)
    if (configuration === undefined) return
    compileAtFirstCall()
    // Loaded only here: the network's libraries take half a second, which no other command should have to wait.
    const { runNode } = await import('../run-node.ts')
    await runNode(terminal, configuration, read)
  })
}

/** Everything that is configured, or undefined after all that is wrong with it was told. */
async function configured(terminal: Terminal, read: ReadConfiguration): Promise<Configuration | undefined> {
  const configuration = await read()
  if (configuration.ok) return configuration.value
  for (const fault of configuration.faults) terminal.err(printable(`lampfield: ${faultText(fault)}`))
  terminal.exitCode = 2
  return undefined
}

function flagOption(name: SettingName): Option {
  const { placeholder, description, isList } = settingsTable[name]
  const option = new Option(`${flagOf(name)} <${placeholder.toLowerCase()}>`, shortened(description))
  return isList ? option.argParser(collect) : option
}

const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value]

/** Only what was typed: commander's own defaults would hide the environment and the file. */
function typedOptions(command: Command): StartOptions {
  const all = command.optsWithGlobals<Record<string, unknown>>()
  const typed = Object.entries(all).filter(([name]) => command.getOptionValueSourceWithGlobals(name) === 'cli')
  return Object.fromEntries(typed)
}

/** The first clause, as help has it: one for each flag, without a capital. */
function shortened(description: string): string {
  const clause = description.split(/[;.](?: |$)/, 1)[0] ?? description
  return clause.charAt(0).toLowerCase() + clause.slice(1)
}
