import { Option, type Command } from 'commander'
import type { ControlClient } from '../../control/client.ts'
import { toJson } from '../../control/json.ts'
import { pause, systemClock } from '../../runtime/clock.ts'
import { Failure } from '../../runtime/failure.ts'
import { clientOf, type ClientOptions } from '../client-of.ts'
import { addExamples } from '../listing.ts'
import { stopSignal } from '../stop-signal.ts'
import type { Terminal } from '../terminal.ts'
import { BusyKeys } from '../top/busy.ts'
import { pictureOf } from '../top/picture.ts'
import { Sampler, type TopView } from '../top/sample.ts'
import { LiveScreen } from '../top/screen.ts'

interface TopOptions extends ClientOptions {
  readonly interval: number
  readonly count?: number
}

/** `top`. */
export function addTopCommands(program: Command, terminal: Terminal): void {
  const command = program
    .command('top')
    .summary('members, rates, lag and the busiest devices, live')
    .description(
      'Shows members, rates, lag and the busiest devices, again and again until q or Ctrl-C is pressed. ' +
        'Where the output is no terminal it is shown once.',
    )
    .addOption(new Option('--interval <seconds>', 'time between two looks').default(1).argParser(numberFrom(0.1, 3600)))
    .addOption(new Option('--count <looks>', 'end after so many looks').argParser(numberFrom(1, 1e9)))
    .option('--json', 'print one JSON object a line, at each look')
  addExamples(command, ['top', 'top --interval 5', 'top --json --count 10'])
  command.action(async () => {
    const options = command.optsWithGlobals<TopOptions>()
    const client = await clientOf(terminal, options)
    const stop = stopSignal(terminal)
    const ending = new AbortController()
    const signal = AbortSignal.any([stop.signal, ending.signal])
    try {
      await runTop(terminal, client, options, signal, () => ending.abort())
    } finally {
      ending.abort()
      stop.release()
    }
  })
}

async function runTop(
  terminal: Terminal,
  client: ControlClient,
  { interval, count, json }: TopOptions,
  signal: AbortSignal,
  quit: () => void,
): Promise<void> {
  const busy = new BusyKeys(systemClock.now())
  const sampler = new Sampler(client, systemClock, busy)
  const counting = countChanges(client, busy, signal)
  const { screen } = terminal
  // The first look has no rates: whoever sees only one gets the second.
  const looks = count ?? (json === true || screen !== undefined ? Infinity : 2)
  const live = json !== true && screen !== undefined ? new LiveScreen(screen, terminal.input, quit) : undefined
  try {
    for (let look = 1; look <= looks && !signal.aborted; look += 1) {
      const view = await sampler.look()
      if (json === true) terminal.out(toJson(view))
      else if (live !== undefined && screen !== undefined)
        live.draw(pictureOf(view, terminal.colour, screen.size().rows))
      else if (look === looks) printOnce(terminal, view)
      if (look < looks) await pause(systemClock, interval * 1000, signal)
    }
  } finally {
    live?.close()
    quit()
    await counting
  }
}

/** Everything at once: nobody scrolls in a pipe. */
function printOnce(terminal: Terminal, view: TopView): void {
  for (const line of pictureOf(view, terminal.colour, Number.MAX_SAFE_INTEGER)) terminal.out(line)
}

/** A stream that breaks off is no more than the busiest devices; where the node is gone, the next look says so. */
async function countChanges(client: ControlClient, busy: BusyKeys, signal: AbortSignal): Promise<void> {
  try {
    for await (const event of await client.events({ types: ['change'], signal })) {
      if (event.type === 'change') busy.add(event.channel, event.key, event.after, systemClock.now())
    }
  } catch (error) {
    if (!Failure.is(error)) throw error
  }
}

function numberFrom(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,10}(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
    if (number >= least && number <= most) return number
    throw new Failure('invalid-argument', `"${text.slice(0, 40)}" is no number from ${least} to ${most}`)
  }
}
