import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { ControlClient } from '../../src/control/client.ts'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const tsx = import.meta.resolve('tsx')

/** Arguments of Node.js for a node that stays alone: other tests and machines must not meet it. */
export function aloneArgs(dataDirectory: string, extra: readonly string[] = []): string[] {
  const alone = ['--no-mdns', '--entity-id', '02:00:00:00:00:01', '--name', 'pbx']
  const listen = extra.includes('--listen') ? [] : ['--listen', '127.0.0.1:0']
  return ['--import', tsx, main, 'start', '--data-dir', dataDirectory, ...alone, ...listen, ...extra]
}

export interface StartedNode {
  readonly child: ChildProcess
  readonly client: ControlClient
  readonly log: () => string
}

/** Starts a node from source, and resolves when it answers. `before`: a program and arguments to put in front. */
export async function start(
  args: readonly string[],
  dataDirectory: string,
  env: NodeJS.ProcessEnv,
  before: readonly string[] = [],
): Promise<StartedNode> {
  const [program = '', ...rest] = [...before, process.execPath, ...args]
  const child = spawn(program, rest, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (log += text))
  const client = new ControlClient(dataDirectory)
  while ((await client.node().catch(() => undefined))?.pid !== child.pid) {
    if (child.exitCode !== null) throw new Error(`the node ended: ${log}`)
  }
  return { child, client, log: () => log }
}
