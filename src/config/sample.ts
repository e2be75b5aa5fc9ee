import { asteriskTable } from './asterisk.ts'
import { hookDefaults } from './hooks.ts'
import type { Setting } from './setting.ts'
import {
  defaults,
  fileNameOf,
  flagOf,
  settingNames,
  settingsTable,
  variableOf,
  type SettingName,
} from './settings-table.ts'

const width = 100

/**
 * The commented sample. A line that begins with `;` and a space is prose; one that begins with `;` alone is a setting
 * at its default.
 */
export function sampleConf(): string {
  const parts = [
    prose(
      'lampfield.conf: the configuration of one Lampfield node. Everything here is optional, and what is commented out is the default. ' +
        'Flags win over the environment, and that over this file. "lampfield settings" shows what a running node uses, and from where.',
    ),
    '[general]',
    ...settingNames.map(settingPart),
    prose(
      'Event channels: what this node tells the others, and what it wants to hear. The sections of an old ais.conf, and the lines of an old ' +
        'res_corosync.conf in [general], are understood as they are. Once there is one such section, only what it names is shared.',
    ),
    ...['device_state', 'mwi'].map(channelPart),
    prose('Hints: for each extension, the devices whose state it shows, as in the dialplan. For example:'),
    '; hint = 1234@default, PJSIP/alice&Custom:door',
    '[hints]',
    prose(
      'Devices whose latest state counts, whoever set it, instead of the most important state of all servers: a night switch that is set on ' +
        'one server and cleared on another. * stands for any characters. For example:',
    ),
    '; latest = Custom:night*',
    '[reducers]',
    prose(
      'A program that is run when the cluster state of a device changes, with its channel, its name, the state before and the state ' +
        'after as arguments; no shell is involved. Changes of a device that follow one another while it runs are told as one. ' +
        `Besides there are ${Object.entries(hookDefaults)
          .map(([name, usual]) => `${name} = ${usual}`)
          .join(', ')}. For example:`,
    ),
    '; on_change = /usr/local/bin/lamp-changed\n; pattern = Custom:night*, PJSIP/*',
    '[hooks]',
    prose(
      'The Asterisk beside this node: with mode = bridge its states reach the other servers, and theirs reach its hints, queues and ' +
        'phones. "lampfield asterisk config" prints what belongs into its pjsip.conf.',
    ),
    '[asterisk]',
    ...Object.entries(asteriskTable).map(
      ([name, { usual, description }]) => `${prose(description)}\n;${name} = ${usual}`,
    ),
  ]
  return `${parts.join('\n\n').replaceAll('For example:\n\n', 'For example:\n')}\n`
}

function settingPart(name: SettingName): string {
  const { description, placeholder }: Setting<unknown> = settingsTable[name]
  const forms = `${flagOf(name)} ${placeholder}, ${variableOf(name)}`
  return `${prose(description)}\n; (${forms})\n;${fileNameOf(name)} = ${defaults[name]}`
}

function channelPart(channel: string): string {
  const lines = [`[${channel}]`, 'type = event_channel', `publish_event = ${channel}`, `subscribe_event = ${channel}`]
  return lines.map((line) => `;${line}`).join('\n')
}

/** A comment, in lines of readable length. */
function prose(text: string): string {
  const lines = [';']
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? ''
    if (line.length + 1 + word.length > width) lines.push(`; ${word}`)
    else lines[lines.length - 1] = `${line} ${word}`
  }
  return lines.join('\n')
}
