import type { Command } from 'commander'
import type { CheckedMember, CheckReport } from '../../node/views.ts'
import { toJson } from '../../control/json.ts'
import { clientOf, type ClientOptions } from '../client-of.ts'
import { addExamples } from '../listing.ts'
import { paint, type Colour, type Terminal } from '../terminal.ts'
import { wholeNumber } from '../whole-number.ts'
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
        'stands, or if members are known and none can be reached. A node that knows nobody agrees with itself: say with --others how many ' +
        'there should be.',
    )
    .option('--others <count>', 'exit with 1 unless so many other members agree', wholeNumber(0, 1000))
    .option('--json', 'print JSON')
  addExamples(command, ['check', 'check --others 2 && echo "all three agree"'])
  command.action(async () => {
    const options = command.optsWithGlobals<ClientOptions & { readonly others?: number }>()
    const report = await (await clientOf(terminal, options)).check()
    const agreeing = report.members.filter(({ verdict }) => verdict === 'agrees').length
    const isShort = agreeing < (options.others ?? 0)
    if (!report.agreed || isShort) terminal.exitCode = 1
    if (options.json === true) {
      terminal.out(toJson(report, 2))
      return
    }
    for (const member of report.members) showMember(terminal, member)
    for (const alarm of report.alarms) terminal.out(paint(terminal, 'red', `alarm: ${alarm}`))
    terminal.out(verdictText(report))
    if (isShort) terminal.out(`${options.others} other members should agree, ${agreeing} did`)
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

function verdictText({ agreed, members, alarms }: CheckReport): string {
  const reached = members.filter(({ verdict }) => verdict !== 'unreachable').length
  if (reached === 0 && alarms.length === 0) {
    return members.length === 0
      ? 'no other member is known: there is nothing to compare'
      : 'no other member can be reached: nothing was compared'
  }
  return agreed ? `all agree: this node and ${countText(reached, 'other member')}` : 'not all agree'
}
