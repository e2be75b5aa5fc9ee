import { connect } from 'node:net'
import { createInterface } from 'node:readline'

// Runs on the host of an Asterisk: speaks AMI and ARI with it on the loopback interface, takes commands as JSON lines, and tells
// answers and events as JSON lines with the time at which they came, by the clock that all processes of the machine share.

interface Command {
  readonly id: number
  /** An AMI action with its fields; or `Put`, a path of ARI. */
  readonly fields: Readonly<Record<string, string>>
}

const [amiPort = '5038', httpPort = '8088'] = process.argv.slice(2)
const now = (): number => Number(process.hrtime.bigint()) / 1e6
const say = (told: object): void => void process.stdout.write(`${JSON.stringify(told)}\n`)

const socket = connect(Number(amiPort), '127.0.0.1')
socket.setNoDelay(true)
socket.on('error', (error) => {
  say({ error: error.message })
  process.exit(1)
})
socket.on('close', () => process.exit(0))

function send(fields: Readonly<Record<string, string>>): void {
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`)
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
}

let text = ''
socket.setEncoding('utf8').on('data', (data: string) => {
  const atMs = now()
  text += data
  for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
    const fields: Record<string, string> = {}
    for (const line of text.slice(0, end).split('\r\n')) {
      const colon = line.indexOf(': ')
      if (colon < 0) continue
      const name = line.slice(0, colon)
      const value = line.slice(colon + 2)
      fields[name] = fields[name] === undefined ? value : `${fields[name]}\n${value}`
    }
    text = text.slice(end + 4)
    say({ atMs, fields })
  }
})

send({ Action: 'Login', Username: 'test', Secret: 'test', Events: 'call,system' })

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, fields } = JSON.parse(line) as Command
  if (fields['Put'] === undefined) {
    say({ id, sentMs: now() })
    send({ ...fields, ActionID: String(id) })
    return
  }
  const authorization = `Basic ${Buffer.from('test:test').toString('base64')}`
  fetch(`http://127.0.0.1:${httpPort}${fields['Put']}`, { method: 'PUT', headers: { authorization } }).then(
    ({ status }) => say({ atMs: now(), fields: { ActionID: String(id), Response: String(status) } }),
    (error: unknown) => say({ error: String(error) }),
  )
})
