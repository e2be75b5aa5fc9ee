import type { Command } from 'commander'
import { toJson } from '../../control/json.ts'
import type { TimedMember } from '../../node/views.ts'
import { clientOf, type ClientOptions } from '../client-of.ts'
import { addExamples } from '../listing.ts'
import { writeTable } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import { wholeNumber } from '../whole-number.ts'

interface BenchOptions extends ClientOptions {
  readonly changes: number
}

/** `bench`. */
export function addBenchCommands(program: Command, terminal: Terminal): void {
  const command = program
    .command('bench')
    .summary('how long a change takes to each member, and its answer back')
    .description(
      'Changes a Custom:lampfield-bench- device of this node again and again, and asks each linked member until it has the change. The ' +
        'device is not kept on disk and is gone afterwards. QUESTION is the same question when nothing has changed: what is above it is the ' +
        "change's own. Exits with 1 where a member did not show a change within two seconds.",
    )
    .option('--changes <number>', 'how many changes, 1 to 1000', wholeNumber(1, 1000), 20)
    .option('--json', 'print JSON, with every single time')
  addExamples(command, ['bench', 'bench --changes 200 --json'])
  command.action(async () => {
    const options = command.optsWithGlobals<BenchOptions>()
    const report = await (await clientOf(terminal, options)).roundTrips(options.changes)
    const isHeard = ({ changeMs }: TimedMember): boolean => changeMs.length === report.changes
    if (!report.members.every(isHeard)) terminal.exitCode = 1
    if (options.json === true) {
      terminal.out(toJson(report, 2))
      return
    }
    if (report.members.length === 0) {
      terminal.out('no member is linked: there is nobody to ask')
      return
    }
    writeTable(
      terminal,
      [
        { title: 'MEMBER', text: ({ name }) => name },
        { title: 'ENTITY', text: ({ entity }) => entity },
        { title: 'QUESTION', text: ({ questionMs }) => share(questionMs, 0.5), right: true },
        { title: 'CHANGE p50', text: ({ changeMs }) => share(changeMs, 0.5), right: true },
        { title: 'p95', text: ({ changeMs }) => share(changeMs, 0.95), right: true },
        { title: 'MAX', text: ({ changeMs }) => share(changeMs, 1), right: true },
        {
          title: 'SHOWN',
          text: ({ changeMs }) => `${changeMs.length} of ${report.changes}`,
          right: true,
          colour: (member) => (isHeard(member) ? undefined : 'red'),
        },
      ],
      report.members,
    )
  })
}

/** The time within which a share of the answers came. */
function share(times: readonly number[], part: number): string {
  const sorted = [...times].sort((a, b) => a - b)
  const time = sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)]
  return time === undefined ? '-' : `${time.toFixed(1)} ms`
}
