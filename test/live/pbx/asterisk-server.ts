import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Host } from '../../support/namespaces.ts'
import type { Storm, StormReport } from './ami-driver.ts'

/** Why no real Asterisk can be tested against; undefined where `ASTERISK_BIN` names one. */
export function asteriskTrouble(): string | undefined {
  const binary = process.env['ASTERISK_BIN'] ?? ''
  if (binary === '') return 'ASTERISK_BIN names no Asterisk'
  const { status, stdout } = spawnSync(binary, ['-V'], { encoding: 'utf8' })
  if (status !== 0) return `${binary} is no Asterisk that runs`
  return stdout.startsWith('Asterisk') ? undefined : `${binary} says ${stdout.trim()}`
}

/** One AMI message, and when it came by the clock that all processes of the machine share. */
export interface AmiMessage {
  readonly atMs: number
  readonly fields: Readonly<Record<string, string>>
}

export interface AsteriskServerOptions {
  readonly host: Host
  readonly directory: string
  readonly eid: string
  /** What stands in the hints context. */
  readonly hints: readonly string[]
  /** More of pjsip.conf. */
  readonly pjsip?: string
  /** What `lampfield asterisk config` prints, where it is there from the start. */
  readonly block?: string
}

const bootMaxMs = 120_000

const readme = readFileSync(join(import.meta.dirname, '..', '..', '..', 'README.md'), 'utf8')

/** The lines of the README's blocks in a language: they are what a newcomer does, so they are what is tested. */
export function readmeLines(language: string): string[] {
  const blocks = readme.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))
  return [...blocks].flatMap(([, text = '']) => text.trim().split('\n'))
}

/** A real Asterisk on a host of a test network, with a configuration of its own. */
export class AsteriskServer {
  readonly eid: string
  readonly host: Host
  readonly #directory: string
  #process: ChildProcess | undefined
  #driver: ChildProcess | undefined
  #messages: AmiMessage[] = []
  #sent = new Map<number, number>()
  #lastId = 0
  #looks = new Set<() => void>()
  output = ''

  constructor(options: AsteriskServerOptions) {
    this.eid = options.eid
    this.host = options.host
    this.#directory = options.directory
    const prefix = dirname(dirname(process.env['ASTERISK_BIN'] ?? ''))
    const found = [join(prefix, 'lib', 'asterisk', 'modules'), '/usr/lib/asterisk/modules'].find(existsSync)
    for (const name of ['etc', 'run', 'log', 'spool', 'db', 'lib'])
      mkdirSync(join(this.#directory, name), { recursive: true })
    const write = (name: string, text: string): void => writeFileSync(join(this.#directory, 'etc', name), text)
    const at = (name: string): string => join(this.#directory, name)
    const data = [join(prefix, 'var', 'lib', 'asterisk'), '/usr/share/asterisk'].find(existsSync) ?? at('lib')
    write(
      'asterisk.conf',
      `[directories]\nastetcdir => ${at('etc')}\nastmoddir => ${found}\nastvarlibdir => ${data}\nastdbdir => ${at('db')}\nastkeydir => ${at('lib')}\nastdatadir => ${data}\nastagidir => ${at('lib')}\nastspooldir => ${at('spool')}\nastrundir => ${at('run')}\nastlogdir => ${at('log')}\n[options]\nentityid = ${options.eid}\n`,
    )
    write('modules.conf', '[modules]\nautoload = yes\n')
    write('logger.conf', '[logfiles]\nconsole => notice,warning,error\n')
    write(
      'manager.conf',
      '[general]\nenabled = yes\nport = 5038\nbindaddr = 127.0.0.1\n[test]\nsecret = test\nread = all\nwrite = all\n',
    )
    write('http.conf', '[general]\nenabled = yes\nbindaddr = 127.0.0.1\nbindport = 8088\n')
    write('ari.conf', '[general]\nenabled = yes\n[test]\ntype = user\nread_only = no\npassword = test\n')
    const hints = options.hints.map((device, at) => `exten => ${100 + at},hint,${device}`)
    write('extensions.conf', `[default]\n${hints.join('\n')}\n`)
    const transport = '[udp]\ntype=transport\nprotocol=udp\nbind=0.0.0.0:5060\n'
    write('pjsip.conf', `${transport}\n${options.pjsip ?? ''}\n`)
    if (options.block !== undefined) this.include(options.block)
  }

  /** Puts the block for the node into place and includes it, as the README has it. */
  include(block: string): void {
    const etc = join(this.#directory, 'etc')
    writeFileSync(join(etc, 'pjsip_lampfield.conf'), block)
    appendFileSync(join(etc, 'pjsip.conf'), `${readmeLines('asterisk').join('\n')}\n`)
  }

  get pid(): number {
    return this.#process?.pid ?? 0
  }

  get isRunning(): boolean {
    return this.#process?.exitCode === null && this.#process.signalCode === null
  }

  /** Everything AMI told since the last start of the process. */
  get messages(): readonly AmiMessage[] {
    return this.#messages
  }

  /** Starts the process and resolves when it serves. */
  async start(): Promise<void> {
    const [command, args] = this.host.commandLine(process.env['ASTERISK_BIN'] ?? '', [
      '-f',
      '-n',
      '-C',
      join(this.#directory, 'etc', 'asterisk.conf'),
    ])
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#process = child
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => (this.output += text.toString()))
    await this.attach()
  }

  /** Listens to AMI, and resolves when Asterisk says that it is fully booted. */
  async attach(): Promise<void> {
    this.#messages = []
    const endMs = performance.now() + bootMaxMs
    for (;;) {
      const driver = this.#drive()
      const isBooted = await Promise.race([
        this.until('FullyBooted', bootMaxMs, ({ fields }) => fields['Event'] === 'FullyBooted').then(() => true),
        new Promise<boolean>((resolve) => driver.once('close', () => resolve(false))),
      ])
      if (isBooted) return
      if (performance.now() > endMs) throw new Error(`Asterisk does not come up:\n${this.output.slice(-4000)}`)
    }
  }

  /** Sends an AMI action. Resolves with the answer and the time at which the action was sent. */
  async action(fields: Readonly<Record<string, string>>): Promise<AmiMessage & { readonly sentMs: number }> {
    this.#lastId += 1
    const id = this.#lastId
    const from = this.#messages.length
    this.#driver?.stdin?.write(`${JSON.stringify({ id, fields })}\n`)
    const isAnswer = (message: AmiMessage): boolean =>
      message.fields['ActionID'] === String(id) && message.fields['Response'] !== undefined
    const answer = await this.until(JSON.stringify(fields), 30_000, isAnswer, from)
    const sentMs = this.#sent.get(id) ?? answer.atMs
    this.#sent.delete(id)
    return { ...answer, sentMs }
  }

  /** Changes devices as fast as is wanted; resolves when Asterisk has done all of it. Meanwhile nothing is heard of its events. */
  async storm(storm: Storm, limitMs: number): Promise<StormReport> {
    this.#lastId += 1
    const id = String(this.#lastId)
    this.#driver?.stdin?.write(`${JSON.stringify({ id: this.#lastId, storm })}\n`)
    const { fields } = await this.until('the end of the storm', limitMs, (message) => message.fields['ActionID'] === id)
    return JSON.parse(fields['Response'] ?? '') as StormReport
  }

  /** A command of the console, and what it printed. */
  cli(command: string): string {
    const [program, args] = this.host.commandLine(process.env['ASTERISK_BIN'] ?? '', [
      '-C',
      join(this.#directory, 'etc', 'asterisk.conf'),
      '-rx',
      command,
    ])
    const { stdout } = spawnSync(program, args, { encoding: 'utf8', timeout: 20_000 })
    return stdout
  }

  setDevice(device: string, state: string): Promise<AmiMessage & { readonly sentMs: number }> {
    return this.action({ Action: 'Setvar', Variable: `DEVICE_STATE(${device})`, Value: state })
  }

  async device(device: string): Promise<string> {
    const { fields } = await this.action({ Action: 'Getvar', Variable: `DEVICE_STATE(${device})` })
    return fields['Value'] ?? ''
  }

  /** Asks until a device is so; resolves with how long it took. */
  async deviceIs(device: string, state: string, limitMs: number): Promise<number> {
    const startMs = performance.now()
    for (;;) {
      const now = await this.device(device)
      if (now === state) return performance.now() - startMs
      if (performance.now() - startMs > limitMs) throw new Error(`${device} is ${now} and not ${state}`)
    }
  }

  /** The first message, from the first one on, that fits. */
  until(what: string, limitMs: number, fits: (message: AmiMessage) => boolean, from = 0): Promise<AmiMessage> {
    return new Promise((resolve, reject) => {
      let next = from
      const timer = setTimeout(() => {
        this.#looks.delete(look)
        reject(new Error(`${this.eid}: ${what} did not come within ${limitMs} ms`))
      }, limitMs)
      const look = (): void => {
        for (; next < this.#messages.length; next += 1) {
          const message = this.#messages[next]
          if (message === undefined || !fits(message)) continue
          clearTimeout(timer)
          this.#looks.delete(look)
          resolve(message)
          return
        }
      }
      this.#looks.add(look)
      look()
    })
  }

  /** Kill -9. */
  async kill(): Promise<void> {
    const child = this.#process
    this.#driver?.kill('SIGKILL')
    if (child === undefined || !this.isRunning) return
    const ended = new Promise((resolve) => child.once('close', resolve))
    child.kill('SIGKILL')
    await ended
  }

  #drive(): ChildProcess {
    this.#driver?.kill('SIGKILL')
    const script = join(import.meta.dirname, 'ami-driver.ts')
    const [command, args] = this.host.commandLine(process.execPath, ['--import', 'tsx', script])
    const driver = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#driver = driver
    driver.stdin.on('error', () => {})
    createInterface({ input: driver.stdout }).on('line', (line) => {
      const told = JSON.parse(line) as { id?: number; sentMs?: number } & Partial<AmiMessage>
      if (told.id !== undefined && told.sentMs !== undefined) this.#sent.set(told.id, told.sentMs)
      if (told.fields === undefined) return
      this.#messages.push(told as AmiMessage)
      for (const look of this.#looks) look()
    })
    return driver
  }
}
