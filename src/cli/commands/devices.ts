import type { Command } from 'commander'
import { toJson } from '../../control/json.ts'
import { parseDeviceState } from '../../state/device-state.ts'
import { Failure } from '../../runtime/failure.ts'
import { clientOf, type ClientOptions } from '../client-of.ts'
import { stateColour } from '../colours.ts'
import { addExamples, addListing } from '../listing.ts'
import type { Terminal } from '../terminal.ts'

/** `devices`, `get`, `set` and `unset`. */
export function addDeviceCommands(program: Command, terminal: Terminal): void {
  addListing(program, terminal, {
    usage: 'devices [pattern]',
    summary: 'the cluster state of all devices, or of those that match a pattern (* for any characters)',
    examples: ['devices', "devices 'PJSIP/*'", 'devices --json'],
    rows: (client, pattern) => client.deviceStates(pattern),
    columns: [
      { title: 'DEVICE', text: ({ name }) => name },
      { title: 'STATE', text: ({ state }) => state, colour: ({ state }) => stateColour(state) },
    ],
    empty: 'no live entity says anything of any such device',
  })
  addGet(program, terminal)
  addSet(program, terminal)
  addUnset(program, terminal)
}

function addGet(program: Command, terminal: Terminal): void {
  const command = program
    .command('get <device>')
    .summary('the cluster state of a device')
    .description(
      'The cluster state of a device: what all live entities say of it, folded. INVALID where nobody says anything.',
    )
    .option('--json', 'print JSON')
  addExamples(command, ['get Custom:mystate'])
  command.action(async (device: string) => {
    const options = command.optsWithGlobals<ClientOptions>()
    const found = await (await clientOf(terminal, options)).deviceState(device)
    terminal.out(options.json === true ? toJson(found, 2) : found.state)
  })
}

function addSet(program: Command, terminal: Terminal): void {
  const command = program
    .command('set <device> <state>')
    .summary("this entity's state of a device")
    .description(
      'Says what this entity knows of a device. The states are UNKNOWN, NOT_INUSE, INUSE, BUSY, INVALID, UNAVAILABLE, RINGING, ' +
        'RINGINUSE and ONHOLD. A Custom: state outlives a restart.',
    )
  addExamples(command, ['set Custom:mystate INUSE'])
  command.action(async (device: string, state: string) => {
    const wanted = parseDeviceState(state)
    if (!wanted.ok) throw new Failure('invalid-argument', wanted.reason)
    await (await clientOf(terminal, command.optsWithGlobals())).setDeviceState(device, wanted.value)
  })
}

function addUnset(program: Command, terminal: Terminal): void {
  const command = program
    .command('unset <device>')
    .summary("take this entity's state of a device back")
    .description("Takes this entity's state of a device back; what other entities say of it still counts.")
  addExamples(command, ['unset Custom:mystate'])
  command.action(async (device: string) => {
    const removed = await (await clientOf(terminal, command.optsWithGlobals())).unsetDeviceState(device)
    if (!removed) terminal.err(`this entity says nothing of ${device}: nothing to take back`)
  })
}
