import type { Command } from 'commander'
import type { CheckedMember } from '../../node/views.ts'
import { toJson } from '../../control/json.ts'
import { clientOf, type ClientOptions } from '../client-of.ts'
import { addExamples } from '../listing.ts'
import { paint, type Colour, type Terminal } from '../terminal.ts'
import { countText, printable, valueText } from '../text.ts'

const colours: Readonly<Record<CheckedMember['verdict'], Colour>> = {
  agrees: 'green',
  differs: 'red',
  unreachable: 'yellow',
}

/** Differences shown of one member; `--json` has all that were found. */
const differencesShown = 20

/** `check`. */
export function addCheckCommands(program: Command, terminal: Terminal): void {
  const command = program
    .command('check')
    .summary('do all reachable members agree?')
    .description(
      'Compares the cluster state with every reachable member. Exits with 1, and says who differs on what, if not all agree or an alarm ' +
        'stands.',
    )
    .option('--json', 'print JSON')
  addExamples(command, ['check', 'check && echo "all agree"'])
  command.action(async () => {
    const options = command.optsWithGlobals<ClientOptions>()
    const report = await (await clientOf(terminal, options)).check()
    if (!report.agreed) terminal.exitCode = 1
    if (options.json === true) {
      terminal.out(toJson(report, 2))
      return
    }
    for (const member of report.members) showMember(terminal, member)
    for (const alarm of report.alarms) terminal.out(paint(terminal, 'red', `alarm: ${alarm}`))
    terminal.out(verdictText(report.agreed, report.members))
  })
}

function showMember(terminal: Terminal, member: CheckedMember): void {
  const verdict = paint(terminal, colours[member.verdict], member.verdict)
  terminal.out(`${printable(member.name)} (${member.entity}) ${verdict}`)
  for (const finding of member.findings) terminal.out(`  ${printable(finding)}`)
  for (const { channel, key, here, there } of member.differences.slice(0, differencesShown)) {
    const line = `  ${channel} ${key}: ${valueText(here)} here, ${valueText(there)} there`
    terminal.out(printable(line))
  }
  const more = member.differences.length - differencesShown
  if (more > 0) terminal.out(`  and ${countText(more, 'more difference')}`)
}

function verdictText(agreed: boolean, members: readonly CheckedMember[]): string {
  const reached = members.filter(({ verdict }) => verdict !== 'unreachable').length
  if (!agreed) return 'not all agree'
  if (reached === 0) return 'no other member is reachable: there is nothing to compare'
  return `all agree: this node and ${countText(reached, 'other member')}`
}
