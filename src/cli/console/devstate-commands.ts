import { isCustom } from '../../state/device-name.ts'
import { deviceStates, parseDeviceState } from '../../state/device-state.ts'
import type { ConsoleCommand, Session } from './session.ts'

const thin = '-'.repeat(69)

/** What Asterisk takes to be settable: UNKNOWN is what a word that is no state is read as there. */
const settable = deviceStates.filter((state) => state !== 'UNKNOWN')

/** `devstate list` and `devstate change`, in Asterisk's layouts (`funcs/func_devstate.c`). */
export const devstateCommands: readonly ConsoleCommand[] = [
  {
    words: 'devstate list',
    summary: 'List currently known custom device states',
    usage:
      'devstate list\n       List all custom device states of the cluster. Asterisk lists what was set at its own server; here it is\n' +
      '       what all servers together say, as phones see it. "explain Custom:x" tells who said what.',
    async run(session, args) {
      if (args.length > 0) return 'usage'
      const devices = await session.client.deviceStates()
      const title = '--- Custom Device States '.padEnd(thin.length, '-')
      for (const text of ['', thin, title, thin, '---']) session.out(text)
      for (const { name, state } of devices.filter((device) => isCustom(device.name))) {
        session.out(`--- Name: '${name}'  State: '${state}'`)
        session.out('---')
      }
      for (const text of [thin, thin, '']) session.out(text)
      return 'done'
    },
  },
  {
    words: 'devstate change',
    summary: 'Change a custom device state',
    usage:
      'devstate change <device> <state>\n' +
      '       Change a custom device to a new state.\n' +
      `       The possible values for the state are:\n${settable.slice(0, 6).join(' | ')}\n${settable.slice(6).join(' | ')}\n\n` +
      'Examples:\n' +
      '       devstate change Custom:mystate1 INUSE\n' +
      '       devstate change Custom:mystate1 NOT_INUSE',
    async run(session, args) {
      const [device, text] = args
      if (device === undefined || text === undefined || args.length > 2) return 'usage'
      if (!/^custom:/i.test(device)) {
        session.out("The devstate command can only be used to set 'Custom:' device state!")
        return 'failed'
      }
      const state = parseDeviceState(text)
      if (!isCustom(device) || !state.ok || state.value === 'UNKNOWN') return 'usage'
      await session.client.setDeviceState(device, state.value)
      session.out(`Changing ${device.slice('Custom:'.length)} to ${state.value}`)
      return 'done'
    },
    async complete(session, args) {
      if (args.length === 1) return settable
      return args.length === 0 ? customDevices(session) : []
    },
  },
]

async function customDevices({ client }: Session): Promise<readonly string[]> {
  return (await client.deviceStates()).map(({ name }) => name).filter(isCustom)
}
