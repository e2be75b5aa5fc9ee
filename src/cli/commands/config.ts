import type { Command } from 'commander'
import { sampleConf } from '../../config/sample.ts'
import { addExamples } from '../listing.ts'
import type { Terminal } from '../terminal.ts'

/** `config sample`. */
export function addConfigCommands(program: Command, terminal: Terminal): void {
  const config = program
    .command('config')
    .summary('help with the configuration file')
    .description('Help with the configuration file.')
  addExamples(config, ['config sample > lampfield.conf'])
  const command = config
    .command('sample')
    .summary('a configuration file with every setting explained')
    .description('Prints a configuration file with every setting explained and commented out.')
  addExamples(command, ['config sample > lampfield.conf'])
  command.action(() => terminal.out(sampleConf().trimEnd()))
}
