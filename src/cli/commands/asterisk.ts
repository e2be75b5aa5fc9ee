import type { Command } from 'commander'
import { pjsipConf } from '../../asterisk/pjsip-conf.ts'
import type { BridgeStatus } from '../../asterisk/status.ts'
import { findConfFile } from '../../config/conf-lookup.ts'
import { readConf } from '../../config/conf-file.ts'
import { resolveSettings, type Configuration } from '../../config/settings.ts'
import { toJson } from '../../control/json.ts'
import { clientOf, type ClientOptions } from '../client-of.ts'
import { addExamples } from '../listing.ts'
import { writeTable } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import { countText, durationText, printable, timeText } from '../text.ts'
import { valueOf } from '../value-of.ts'

/** `asterisk config` and `asterisk status`. */
export function addAsteriskCommands(program: Command, terminal: Terminal): void {
  const asterisk = program
    .command('asterisk')
    .summary('the Asterisk beside this node')
    .description('The link between this node and the Asterisk on the same machine.')
  addExamples(asterisk, ['asterisk config', 'asterisk status'])
  addConfig(asterisk, terminal)
  addStatus(asterisk, terminal)
}

function addConfig(asterisk: Command, terminal: Terminal): void {
  const command = asterisk
    .command('config')
    .summary('what belongs into pjsip.conf')
    .description(
      'Prints the block of pjsip.conf that makes the local Asterisk exchange its states with this node, for the [asterisk] section of the ' +
        'configuration file, or for its defaults where there is none.',
    )
    .option('--config <file>', 'the configuration file; /etc/lampfield/lampfield.conf where there is one')
  addExamples(command, ['asterisk config > /etc/asterisk/pjsip_lampfield.conf'])
  command.action(async () => {
    const { config } = command.opts<{ readonly config?: string }>()
    const file = valueOf(await findConfFile({ flag: config, env: terminal.env }))
    const configured = valueOf(resolveSettings({ flags: {}, env: {}, file })).asterisk
    terminal.out(pjsipConf(configured ?? usualSettings()))
  })
}

/** The settings of a section that says nothing but that there is a bridge. */
function usualSettings(): NonNullable<Configuration['asterisk']> {
  const file = valueOf(readConf('defaults', '[asterisk]\nmode = bridge'))
  const settings = valueOf(resolveSettings({ flags: {}, env: {}, file })).asterisk
  if (settings === undefined) throw new Error('the defaults of [asterisk] are no settings')
  return settings
}

function addStatus(asterisk: Command, terminal: Terminal): void {
  const command = asterisk
    .command('status')
    .summary('how the link to Asterisk stands')
    .description(
      'Shows the link of the running node to the local Asterisk, and devices that the two would show differently. Exit code 1 where ' +
        'nothing is exchanged.',
    )
    .option('--json', 'print JSON')
  addExamples(command, ['asterisk status', 'asterisk status --json'])
  command.action(async () => {
    const options = command.optsWithGlobals<ClientOptions>()
    const status = await (await clientOf(terminal, options)).asterisk<BridgeStatus>()
    if (options.json === true) terminal.out(toJson(status, 2))
    else show(terminal, status)
    if (status.link === 'down' || !status.exchanges) terminal.exitCode = 1
  })
}

function show(terminal: Terminal, status: BridgeStatus): void {
  const { comparison, lastError } = status
  const moment = (text: string | null): string => (text === null ? 'never' : timeText(text))
  const rows: readonly (readonly [string, string])[] = [
    ['mode', status.mode],
    ['link', `${status.link} for ${durationText(status.linkForMs)}${heardText(status)}`],
    ['Asterisk', `${status.asterisk}, ${status.transport}, entity ${status.asteriskEntity ?? 'not yet known'}`],
    [
      'node',
      `${status.sipListen}, entity ${status.entity}${status.exchanges ? '' : ': another one, so nothing is exchanged'}`,
    ],
    [
      'told by Asterisk',
      `${countText(status.ownDevices, 'device')} in ${countText(status.publicationsIn, 'publication')}`,
    ],
    ['told to Asterisk', toldText(status)],
    ['queue', String(status.queue)],
    ['last delivery', moment(status.lastDelivery)],
    ['last refresh', moment(status.lastRefresh)],
    ['last error', lastError === null ? 'none' : `${timeText(lastError.at)} ${printable(lastError.sentence)}`],
    ['differences', `${comparison.differing} of ${countText(comparison.devices, 'device')}`],
  ]
  for (const [name, text] of rows) terminal.out(`${`${name}:`.padEnd(18)}${text}`)
  if (comparison.differences.length === 0) return
  terminal.out('')
  writeTable(
    terminal,
    [
      { title: 'DEVICE', text: ({ device }) => device },
      { title: 'ASTERISK', text: ({ asterisk }) => asterisk },
      { title: 'LAMPFIELD', text: ({ lampfield }) => lampfield },
    ],
    comparison.differences,
  )
}

function heardText({ heardAgoMs, mode }: BridgeStatus): string {
  if (heardAgoMs !== null) return `, heard ${durationText(heardAgoMs)} ago`
  return `, nothing was heard yet${mode === 'observe' ? ': it speaks once a minute, and when something changes' : ''}`
}

function toldText({ mode, remoteDevices, remoteMailboxes, publicationsOut }: BridgeStatus): string {
  const all = `${countText(remoteDevices, 'device')}, ${countText(remoteMailboxes, 'mailbox', 'mailboxes')}`
  return mode === 'observe' ? `nothing; it would be ${all}` : `${all} in ${countText(publicationsOut, 'publication')}`
}
