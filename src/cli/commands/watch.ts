import { Option, type Command } from 'commander'
import type { StreamedEvent } from '../../control/shapes.ts'
import { toJson } from '../../control/json.ts'
import { clientOf } from '../client-of.ts'
import { stateColour } from '../colours.ts'
import { addExamples } from '../listing.ts'
import { paint, type Terminal } from '../terminal.ts'
import { printable, timeText, valueText } from '../text.ts'

interface WatchOptions {
  readonly channel?: string
  readonly json?: true
  readonly dataDir?: string
}

/** `watch`. */
export function addWatchCommands(program: Command, terminal: Terminal): void {
  const command = program
    .command('watch [pattern]')
    .summary('changes of the cluster state, as they happen')
    .description(
      'Shows changes of the cluster state as they happen, of all devices and mailboxes or of those that match a pattern.',
    )
    .addOption(new Option('--channel <channel>', 'only changes of one event channel'))
    .option('--json', 'print one JSON object a line')
  addExamples(command, ['watch', "watch 'PJSIP/*'", 'watch --channel mwi --json'])
  command.action(async (pattern: string | undefined) => {
    const options = command.optsWithGlobals<WatchOptions>()
    const { channel } = options
    const signal = terminal.signal === undefined ? {} : { signal: terminal.signal }
    const events = await (await clientOf(terminal, options)).events({ pattern, channel, types: ['change'], ...signal })
    for await (const event of events) {
      if (event.type === 'end') {
        terminal.err('the node stopped')
        terminal.exitCode = 1
      } else if (event.type === 'change') {
        terminal.out(options.json === true ? toJson(event) : changeText(terminal, event))
      }
    }
  })
}

type Change = Extract<StreamedEvent, { type: 'change' }>

function changeText(terminal: Terminal, { timestamp, channel, key, before, after, by, byName }: Change): string {
  const name = channel === 'device_state' ? key : `${channel} ${key}`
  const [old, now] = [before, after].map((value) => paint(terminal, stateColour(value), valueText(value)))
  const who = byName === null ? by : `${byName} (${by})`
  return `${timeText(timestamp)}  ${printable(name)}: ${old} -> ${now}  by ${printable(who)}`
}
