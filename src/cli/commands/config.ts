import type { Command } from 'commander'
import { readConfiguration } from '../../config/configuration.ts'
import { sampleConf } from '../../config/sample.ts'
import type { Configuration } from '../../config/settings.ts'
import { fileNameOf } from '../../config/settings-table.ts'
import { faultText, sourceText, type Fault } from '../../config/source.ts'
import { readTokenFile } from '../../control/token.ts'
import { toJson } from '../../control/json.ts'
import { readKeyFile } from '../key-file.ts'
import { addExamples } from '../listing.ts'
import { paint, type Terminal } from '../terminal.ts'
import { countText } from '../text.ts'

/** `config sample` and `config check`. */
export function addConfigCommands(program: Command, terminal: Terminal): void {
  const config = program
    .command('config')
    .summary('help with the configuration file')
    .description('Help with the configuration file.')
  addExamples(config, ['config sample > lampfield.conf', 'config check lampfield.conf'])
  addSample(config, terminal)
  addCheck(config, terminal)
}

function addSample(config: Command, terminal: Terminal): void {
  const command = config
    .command('sample')
    .summary('a configuration file with every setting explained')
    .description('Prints a configuration file with every setting explained and commented out.')
  addExamples(command, ['config sample > lampfield.conf'])
  command.action(() => terminal.out(sampleConf().trimEnd()))
}

function addCheck(config: Command, terminal: Terminal): void {
  const command = config
    .command('check [file]')
    .summary('all that is wrong with a configuration file')
    .description(
      'Names everything that is wrong with a configuration file, each with its line and what would be right, and exits with 1 if there is anything. ' +
        'Without a name it is the file that a start would read. An ais.conf or res_corosync.conf can be checked and used as it is.',
    )
    .option('--json', 'print JSON')
  addExamples(command, [
    'config check',
    'config check /etc/asterisk/res_corosync.conf',
    'config check lampfield.conf --json',
  ])
  command.action(async (file: string | undefined) => {
    const { json } = command.opts<{ json?: true }>()
    const { faults, notices } = await check(terminal, file)
    if (faults.length > 0) terminal.exitCode = 1
    if (json === true) {
      const view =
        (isFault: boolean): ((found: Fault) => unknown) =>
        (found) =>
          viewOf(found, isFault)
      terminal.out(toJson([...faults.map(view(true)), ...notices.map(view(false))], 2))
      return
    }
    for (const fault of faults) terminal.out(paint(terminal, 'red', faultText(fault)))
    for (const notice of notices) terminal.out(paint(terminal, 'yellow', `${faultText(notice)} (no fault)`))
    const verdict = faults.length === 0 ? 'nothing is wrong with' : `${countText(faults.length, 'fault')} in`
    terminal.out(`${verdict} ${file ?? 'the configuration'}`)
  })
}

interface Findings {
  readonly faults: readonly Fault[]
  readonly notices: readonly Fault[]
}

async function check({ env }: Terminal, file: string | undefined): Promise<Findings> {
  // A file is looked at for itself: what is set in this shell is not what its service will have.
  const own = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('LAMPFIELD_')))
  const read = await readConfiguration({ flag: file, env: file === undefined ? env : own }, {})
  if (!read.ok) return { faults: read.faults, notices: [] }
  const { value } = read
  const faults = [
    ...(await fileFaults(value, 'keyFile', readKeyFile)),
    ...(await fileFaults(value, 'httpTokenFile', readTokenFile)),
  ]
  return { faults, notices: value.notices }
}

/** What is wrong with a file that is named, and that a start would read. */
async function fileFaults(
  { settings, sources }: Configuration,
  name: 'keyFile' | 'httpTokenFile',
  read: (path: string) => Promise<unknown>,
): Promise<Fault[]> {
  const path = settings[name]
  if (path === undefined) return []
  try {
    await read(path)
    return []
  } catch (error) {
    return [{ source: sources[name], sentence: `${fileNameOf(name)}: ${(error as Error).message}` }]
  }
}

/** A finding as `--json` prints it; `file` and `line` are null where it is not in a file. */
function viewOf({ source, sentence }: Fault, isFault: boolean): unknown {
  const [file, line] = source.kind === 'file' ? [source.file, source.line] : [null, null]
  return { severity: isFault ? 'fault' : 'notice', source: sourceText(source), file, line, text: sentence }
}
