/**
 * Somebody on the network without a key, as a process of its own: the addresses in its arguments, as HOST:PORT, get connections that say nothing,
 * nonsense, or half a greeting, without end.
 */
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

const everyMs = 100
const openMax = 60

/** What is said on a connection, by turns. */
const words = [
  (): Buffer => Buffer.alloc(0),
  (): Buffer => randomBytes(200),
  (): Buffer => Buffer.from('\u0013/multistream/1.0.0\n'),
  (): Buffer => randomBytes(10),
  (): Buffer => randomBytes(65_536),
]

let open = 0
for (let turn = 0; ; turn += 1) {
  for (const address of process.argv.slice(2)) {
    if (open >= openMax) continue
    const [host = '', port = ''] = address.split(':')
    const socket = connect(Number(port), host)
    open += 1
    socket.on('error', () => {})
    socket.on('close', () => (open -= 1))
    socket.resume().write((words[turn % words.length] as () => Buffer)())
  }
  await pause(everyMs)
}
