import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { systemClock } from '../../runtime/clock.ts'
import { play } from '../demo/plot.ts'
import { DemoServer } from '../demo/server.ts'
import { NotSeen, Story } from '../demo/story.ts'
import { keyFileText } from '../key-file.ts'
import { addExamples } from '../listing.ts'
import { stopSignal } from '../stop-signal.ts'
import { paint, type Terminal } from '../terminal.ts'
import { version } from '../version.ts'
import { within } from '../within.ts'

/** A node leaves within two seconds; one that does not is killed, so that the demo always ends. */
const leaveMaxMs = 3000

/** `demo`. */
export function addDemoCommands(program: Command, terminal: Terminal): void {
  const command = program
    .command('demo')
    .summary('three nodes on this machine, told step by step')
    .description(
      'Starts three nodes in processes of their own and shows discovery, a hint, a state set on one and read on another, aggregation, a ' +
        'kill -9, a restart, a cut and its healing. Needs nothing, leaves nothing, and exits with 0 only if each step was seen to be true.',
    )
  addExamples(command, ['demo'])
  command.action(() => demo(terminal))
}

async function demo(terminal: Terminal): Promise<void> {
  const stop = stopSignal(terminal)
  const story = new Story(terminal, systemClock, stop.signal)
  const directory = await mkdtemp(join(tmpdir(), 'lampfield-demo-'))
  const [a, b, c] = await prepare(directory)
  const servers = [a, b, c] as const
  const startMs = story.now()
  terminal.out(`lampfield ${version}: three nodes on this machine, as if they were three PBX servers`)
  terminal.out(`their directories are in ${directory}, which is removed at the end`)
  try {
    await play(story, servers)
    terminal.out('')
    const took = ((story.now() - startMs) / 1000).toFixed(0)
    terminal.out(paint(terminal, 'green', `all ${story.seen} things were seen to be true, in ${took} s`))
  } catch (error) {
    terminal.exitCode = 1
    if (stop.signal.aborted) terminal.err('lampfield: the demo was stopped')
    else tellFailure(terminal, error, servers)
  } finally {
    await Promise.all(servers.map(leave))
    await rm(directory, { recursive: true, force: true })
    stop.release()
  }
}

/** A cluster of its own with a key of its own, on loopback only: no other node takes part, and no address of this machine is opened. */
async function prepare(directory: string): Promise<[DemoServer, DemoServer, DemoServer]> {
  const confFile = join(directory, 'lampfield.conf')
  const keyFile = join(directory, 'cluster.key')
  await writeFile(confFile, '[hints]\nhint = 1234, Custom:mystate\n')
  await writeFile(keyFile, keyFileText(), { mode: 0o600 })
  const cluster = `demo-${randomBytes(4).toString('hex')}`
  const flags = ['--config', confFile, '--key-file', keyFile, '--cluster', cluster, '--listen', '127.0.0.1:0']
  flags.push('--log-level', 'warn', '--log-format', 'pretty')
  const server = (letter: string): DemoServer =>
    new DemoServer({ name: `pbx-${letter}`, entityId: `02:00:00:00:00:0${letter}`, directory, flags })
  return [server('a'), server('b'), server('c')]
}

function tellFailure(terminal: Terminal, error: unknown, servers: readonly DemoServer[]): void {
  const what = error instanceof Error ? error.message : String(error)
  for (const { name, lastWords } of servers) {
    if (lastWords !== '') terminal.err(`last words of ${name}:\n${lastWords.replaceAll(/^/gm, '  ')}`)
  }
  terminal.err(
    error instanceof NotSeen ? `lampfield: this was not seen: ${what}` : `lampfield: the demo broke off: ${what}`,
  )
}

async function leave(server: DemoServer): Promise<void> {
  // A frozen process hears no SIGTERM.
  server.signal('SIGCONT')
  server.signal('SIGTERM')
  await within(systemClock, leaveMaxMs, server.exited())
  await server.kill()
}
