import { resolve } from 'node:path'
import { Option, type Command } from 'commander'
import { Failure } from '../../runtime/failure.ts'
import { addExamples } from '../listing.ts'
import { unitText } from '../systemd/unit.ts'
import type { Terminal } from '../terminal.ts'

/** `systemd`. */
export function addSystemdCommands(program: Command, terminal: Terminal): void {
  const command = program
    .command('systemd')
    .summary('a systemd unit for this node, hardened')
    .description(
      'Prints a systemd unit that runs this very program as a service: as a user of its own, with a watchdog that the node answers, ' +
        'and with no right that it does not need.',
    )
    .addOption(new Option('--user <name>', 'the user that it runs as').default('lampfield'))
    .addOption(
      new Option('--config <file>', 'the configuration file; /etc/lampfield/lampfield.conf where there is one'),
    )
  addExamples(command, ['systemd > /etc/systemd/system/lampfield.service', 'systemd --user asterisk'])
  command.action(() => {
    const { user, config } = command.opts<{ user: string; config?: string }>()
    if (!/^[a-z_][a-z0-9_-]{0,30}$/i.test(user))
      throw new Failure('invalid-argument', `"${user.slice(0, 40)}" is no name of a user`)
    const main = process.argv[1] ?? ''
    const path = config === undefined ? undefined : resolve(config)
    terminal.out(unitText({ user, program: [process.execPath, resolve(main)], config: path }).trimEnd())
  })
}
