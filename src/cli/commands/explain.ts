import { Option, type Command } from 'commander'
import type { EntryView } from '../../node/views.ts'
import { toJson } from '../../control/json.ts'
import { systemClock } from '../../runtime/clock.ts'
import { clientOf } from '../client-of.ts'
import { standingColour, stateColour } from '../colours.ts'
import { addExamples } from '../listing.ts'
import { writeTable } from '../table.ts'
import { paint, type Terminal } from '../terminal.ts'
import { durationText, printable, valueText } from '../text.ts'

/** `explain`. */
export function addExplainCommands(program: Command, terminal: Terminal): void {
  const command = program
    .command('explain <device>')
    .summary('who says what of a device, what counts, and the rule that decided')
    .description(
      "Every entity's entry of a device or mailbox: its age, whether it counts or why not, and the rule that decided.",
    )
    .addOption(new Option('--channel <channel>', 'the event channel, such as mwi').default('device_state'))
    .option('--json', 'print JSON')
  addExamples(command, ['explain Custom:mystate', 'explain --channel mwi 100@default'])
  command.action(async (key: string) => {
    const options = command.optsWithGlobals<{ channel: string; json?: true; dataDir?: string }>()
    const found = await (await clientOf(terminal, options)).explain(options.channel, key)
    if (options.json === true) {
      terminal.out(toJson(found, 2))
      return
    }
    terminal.out(`${printable(found.key)} is ${paint(terminal, stateColour(found.value), valueText(found.value))}`)
    terminal.out(printable(found.rule))
    if (found.entries.length === 0) return
    const nowMs = systemClock.wallMs()
    writeTable<EntryView>(
      terminal,
      [
        { title: 'ENTITY', text: ({ entity }) => entity },
        { title: 'NAME', text: ({ name }) => name },
        { title: 'SAYS', text: ({ value }) => valueText(value), colour: ({ value }) => stateColour(value) },
        { title: 'FOR', text: ({ sinceMs }) => durationText(nowMs - sinceMs), right: true },
        { title: 'INCARNATION', text: ({ incarnation }) => String(incarnation), right: true },
        { title: 'MEMBER', text: ({ status }) => status, colour: ({ status }) => standingColour(status) },
        { title: 'COUNTS', text: ({ counted }) => (counted ? 'yes' : 'no') },
        { title: 'WHY', text: ({ why }) => why },
      ],
      found.entries,
    )
  })
}
