import type { HintView } from '../../control/shapes.ts'
import type { ConsoleCommand, Session } from './session.ts'

/** Asterisk's answer where the dialplan has none. */
const none = 'There are no registered dialplan hints'

const columns = `Hint details are shown in five columns. In order from left to right, they are:
       1. Hint extension URI.
       2. List of mapped device state identifiers.
       3. Current extension state. The aggregate of mapped device states.
       4. Presence state: Lampfield shares none.
       5. Watchers - number of event streams that watch one of the devices.`

/** `core show hints` and `core show hint`, in the layout of Asterisk 22 (`main/extension_state.c`). */
export const hintCommands: readonly ConsoleCommand[] = [
  {
    words: 'core show hints',
    summary: 'Show dialplan hints',
    usage: `core show hints\n       List registered hints.\n       ${columns}`,
    async run(session, args) {
      if (args.length > 0) return 'usage'
      const hints = await session.client.hints()
      if (hints.length === 0) {
        session.out(none)
        return 'done'
      }
      session.out('')
      session.out('    -= Registered Asterisk Dial Plan Hints =-')
      for (const hint of hints) session.out(hintRow(hint))
      session.out('----------------')
      session.out(`- ${hints.length} hints registered`)
      return 'done'
    },
  },
  {
    words: 'core show hint',
    summary: 'Show dialplan hint',
    usage: `core show hint <exten>\n       List registered hint.\n       ${columns}`,
    async run(session, args) {
      const [wanted] = args
      if (wanted === undefined) return 'usage'
      const hints = await session.client.hints()
      if (hints.length === 0) {
        session.out(none)
        return 'done'
      }
      const found = hints.filter(({ extension }) => extension.toLowerCase().startsWith(wanted.toLowerCase()))
      for (const hint of found) session.out(hintRow(hint))
      const count = found.length === 0 ? 'No hints' : `${found.length} hint${found.length === 1 ? '' : 's'}`
      session.out(`${count} matching extension ${wanted}`)
      return 'done'
    },
    complete: async (session, args) => (args.length > 0 ? [] : extensionsOf(session)),
  },
]

async function extensionsOf({ client }: Session): Promise<readonly string[]> {
  return (await client.hints()).map(({ extension }) => extension)
}

/** `%-30.30s: %-60.60s  State:%-15.15s Presence:%-15.15s Watchers %2zd` there. */
function hintRow({ extension, devices, state, watchers }: HintView): string {
  const field = (text: string, width: number): string => text.slice(0, width).padEnd(width)
  const mapped = devices.map(({ name }) => name).join('&')
  return (
    `${field(extension, 30)}: ${field(mapped, 60)}  State:${field(state, 15)} Presence:${field('not_set', 15)} ` +
    `Watchers ${String(watchers).padStart(2)}`
  )
}
