import { connect } from 'node:net'
import { createInterface } from 'node:readline'

// Runs on the host of an Asterisk: speaks AMI and ARI with it on the loopback interface, takes commands as JSON lines, and tells
// answers and events as JSON lines with the time at which they came, by the clock that all processes of the machine share.

interface Command {
  readonly id: number
  /** An AMI action with its fields; or `Put`, a path of ARI. */
  readonly fields: Readonly<Record<string, string>>
  /** In place of them: changes of devices, so many a second, told of when all are done. */
  readonly storm?: Storm
}

export interface Storm {
  readonly changes: number
  readonly perSecond: number
  /** Begins the names of the devices, which end in a number. */
  readonly device: string
  readonly devices: number
  /** The states that each device goes through, over and over, and the one it has in the end. */
  readonly states: readonly string[]
  readonly last: string
}

/** How a storm went, from its first change on: until the last one was sent, and until Asterisk had done it. */
export interface StormReport {
  readonly sentMs: number
  readonly doneMs: number
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

/** Called with every answer while a storm lasts; what else Asterisk says is not told then. */
let answered: (() => void) | undefined

/** Made here, beside Asterisk, so that the driving costs the machine as little as it can. */
function blow(id: number, { changes, perSecond, device, devices, states, last }: Storm): void {
  send({ Action: 'Events', EventMask: 'off' })
  const startMs = now()
  let [sent, done, sentMs] = [0, -1, 0]
  answered = () => {
    done += 1
    if (done < changes) return
    answered = undefined
    const report: StormReport = { sentMs, doneMs: now() - startMs }
    send({ Action: 'Events', EventMask: 'call,system' })
    say({ atMs: now(), fields: { ActionID: String(id), Response: JSON.stringify(report) } })
  }
  const timer = setInterval(() => {
    const due = Math.min(changes, Math.ceil(((now() - startMs) / 1000) * perSecond))
    for (; sent < due; sent += 1) {
      const value = sent >= changes - devices ? last : states[Math.floor(sent / devices) % states.length]
      send({ Action: 'Setvar', Variable: `DEVICE_STATE(${device}${sent % devices})`, Value: value ?? last })
    }
    if (sent < changes) return
    sentMs = now() - startMs
    clearInterval(timer)
  }, 5)
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
    if (answered !== undefined) {
      if (fields['Response'] !== undefined) answered()
      continue
    }
    say({ atMs, fields })
  }
})

send({ Action: 'Login', Username: 'test', Secret: 'test', Events: 'call,system' })

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, fields, storm } = JSON.parse(line) as Command
  if (storm !== undefined) {
    blow(id, storm)
    return
  }
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
