import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { keyFileText } from '../key-file.ts'
import { addExamples } from '../listing.ts'
import type { Terminal } from '../terminal.ts'

/** `keygen`. */
export function addKeygenCommands(program: Command, terminal: Terminal): void {
  const command = program
    .command('keygen [file]')
    .summary('make a cluster key')
    .description(
      'Writes a new cluster key to a file (lampfield.key in the current directory by default) that only its owner may read. ' +
        'Give the same file to every node of the cluster: nobody can join without it.',
    )
  addExamples(command, ['keygen /etc/lampfield/cluster.key', 'start --key-file /etc/lampfield/cluster.key'])
  command.action(async (file: string | undefined) => {
    const path = resolve(file ?? 'lampfield.key')
    const fault = await writeKey(path)
    if (fault === undefined) {
      terminal.out(`wrote a new cluster key to ${path}`)
      terminal.err('copy it to every node and start each with --key-file: nobody joins without it')
    } else {
      terminal.err(`lampfield: no key is written to ${path}: ${fault}`)
      terminal.exitCode = 1
    }
  })
}

/** Why the key could not be written; undefined when it was. */
async function writeKey(path: string): Promise<string | undefined> {
  try {
    await writeFile(path, keyFileText(), { flag: 'wx', mode: 0o600 })
    return undefined
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    // A key that is overwritten cuts off every node that has the old one.
    return code === 'EEXIST' ? 'it exists already, and a key is never overwritten' : message
  }
}
