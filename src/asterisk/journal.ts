import { readFile, rename, writeFile, appendFile } from 'node:fs/promises'
import { deviceStates, type DeviceState } from '../state/device-state.ts'
import { parseEntityId, type EntityId } from '../state/entity-id.ts'
import { keyFault } from '../state/key.ts'
import { mailboxCountsFault, parseMailbox, type MailboxCounts } from '../state/mailbox.ts'
import { isStamp } from '../state/stamp.ts'
import type { Saying } from './saying.ts'

/**
 * Which devices this node has exchanged with the local Asterisk: its own ones, and those of other entities that it was told of. Asterisk
 * keeps what it was told as long as it lives, so a node that was killed must know afterwards what to take back.
 */
export interface Journal {
  has(entity: EntityId, device: string): boolean
  add(entity: EntityId, device: string): void
  delete(entity: EntityId, device: string): void
  keysOf(entity: EntityId): Iterable<string>
  entities(): Iterable<EntityId>
  /**
   * What a device of the local Asterisk was last said to be, for a node that may not ask for it again, or where it counts when that was; until
   * it is added anew or deleted. This alone does not make it one that was exchanged.
   */
  remember(entity: EntityId, device: string, saying: Saying<DeviceState>): void
  remembered(entity: EntityId): ReadonlyMap<string, Saying<DeviceState>>
  /** What a mailbox of the local Asterisk was last said to hold, until it is forgotten, or so many others were spoken of since. */
  rememberMailbox(entity: EntityId, mailbox: string, saying: Saying<MailboxCounts>): void
  rememberedMailboxes(entity: EntityId): ReadonlyMap<string, Saying<MailboxCounts>>
  forgetMailbox(entity: EntityId, mailbox: string): void
  /** Resolves when everything is written. */
  close(): Promise<void>
}

/** Mailboxes of which it is known when they were last spoken of: more than a server has. Nobody tells that one is no more. */
const mailboxesMax = 50_000

/** Devices of one Asterisk that are known here: as many as an entity may have entries. */
export const devicesMax = 131_072

/** In memory only: for a node without a data directory, and for tests. */
export class MemoryJournal implements Journal {
  readonly #devices = new Map<EntityId, Set<string>>()
  readonly #states = new Map<EntityId, Map<string, Saying<DeviceState>>>()
  readonly #mailboxes = new Map<EntityId, Map<string, Saying<MailboxCounts>>>()

  has(entity: EntityId, device: string): boolean {
    return this.#devices.get(entity)?.has(device) === true
  }

  add(entity: EntityId, device: string): void {
    this.#states.get(entity)?.delete(device)
    const known = this.#devices.get(entity)
    if (known === undefined) this.#devices.set(entity, new Set([device]))
    else known.add(device)
  }

  delete(entity: EntityId, device: string): void {
    this.#states.get(entity)?.delete(device)
    const known = this.#devices.get(entity)
    known?.delete(device)
    if (known?.size === 0) this.#devices.delete(entity)
  }

  keysOf(entity: EntityId): Iterable<string> {
    return [...(this.#devices.get(entity) ?? [])]
  }

  entities(): Iterable<EntityId> {
    return [...this.#devices.keys()]
  }

  remember(entity: EntityId, device: string, saying: Saying<DeviceState>): void {
    const known = this.#states.get(entity) ?? new Map<string, Saying<DeviceState>>()
    this.#states.set(entity, known)
    setLast(known, device, saying, devicesMax)
  }

  remembered(entity: EntityId): ReadonlyMap<string, Saying<DeviceState>> {
    return this.#states.get(entity) ?? new Map()
  }

  rememberMailbox(entity: EntityId, mailbox: string, saying: Saying<MailboxCounts>): void {
    const known = this.#mailboxes.get(entity) ?? new Map<string, Saying<MailboxCounts>>()
    this.#mailboxes.set(entity, known)
    setLast(known, mailbox, saying, mailboxesMax)
  }

  rememberedMailboxes(entity: EntityId): ReadonlyMap<string, Saying<MailboxCounts>> {
    return this.#mailboxes.get(entity) ?? new Map()
  }

  forgetMailbox(entity: EntityId, mailbox: string): void {
    const known = this.#mailboxes.get(entity)
    known?.delete(mailbox)
    if (known?.size === 0) this.#mailboxes.delete(entity)
  }

  /** Entities of which something is remembered. */
  protected speakers(): Iterable<EntityId> {
    return new Set([...this.#states.keys(), ...this.#mailboxes.keys()])
  }

  get size(): number {
    let size = 0
    for (const kind of [this.#devices, this.#states, this.#mailboxes]) {
      for (const { size: some } of kind.values()) size += some
    }
    return size
  }

  async close(): Promise<void> {}
}

/** Sets it behind all others: the first one is the one that was spoken of the longest ago, and goes where there are too many. */
function setLast<T>(known: Map<string, T>, name: string, saying: T, max: number): void {
  known.delete(name)
  known.set(name, saying)
  const [oldest = name] = known.keys()
  if (known.size > max) known.delete(oldest)
}

/** The file is written anew when it has so many lines more than twice what counts. */
const spareLinesMax = 10_000

/**
 * A file with a line for each addition, removal, and state or mailbox that is remembered, written within milliseconds and not synced: it must outlive a killed process, and a
 * machine that loses its power loses the Asterisk with it.
 */
export class FileJournal extends MemoryJournal {
  readonly #path: string
  readonly #failed: (error: Error) => void
  #lines = 0
  #pending: string[] = []
  #writing: Promise<void> | undefined

  private constructor(path: string, failed: (error: Error) => void) {
    super()
    this.#path = path
    this.#failed = failed
  }

  /** Reads the journal of a data directory. A line that cannot be read is left out: at worst a lamp is told once more. */
  static async open(path: string, failed: (error: Error) => void): Promise<FileJournal> {
    const journal = new FileJournal(path, failed)
    const text = await readFile(path, 'utf8').catch(() => '')
    for (const line of text.split('\n')) journal.#read(line)
    // Before a node's first start there is no directory yet, and nothing to be written.
    if (text !== '') journal.#rewrite()
    return journal
  }

  override add(entity: EntityId, device: string): void {
    if (this.has(entity, device) && !this.remembered(entity).has(device)) return
    super.add(entity, device)
    this.#write(`+ ${entity} ${device}\n`)
  }

  override delete(entity: EntityId, device: string): void {
    if (!this.has(entity, device) && !this.remembered(entity).has(device)) return
    super.delete(entity, device)
    this.#write(`- ${entity} ${device}\n`)
  }

  override remember(entity: EntityId, device: string, saying: Saying<DeviceState>): void {
    super.remember(entity, device, saying)
    this.#write(stateLine(entity, device, saying))
  }

  override rememberMailbox(entity: EntityId, mailbox: string, saying: Saying<MailboxCounts>): void {
    super.rememberMailbox(entity, mailbox, saying)
    this.#write(mailboxLine(entity, mailbox, saying))
  }

  override forgetMailbox(entity: EntityId, mailbox: string): void {
    if (!this.rememberedMailboxes(entity).has(mailbox)) return
    super.forgetMailbox(entity, mailbox)
    this.#write(`! ${entity} ${mailbox}\n`)
  }

  override async close(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing
  }

  #read(line: string): void {
    const [, sign, id = '', rest = ''] = /^([+=@!-]) (\S{17}) (.+)$/.exec(line) ?? []
    const entity = parseEntityId(id)
    if (!entity.ok) return
    if (sign === '=') this.#readState(entity.value, rest)
    else if (sign === '@') this.#readMailbox(entity.value, rest)
    else if (sign === '!') super.forgetMailbox(entity.value, rest)
    else if (sign === '-') super.delete(entity.value, rest)
    else if (keyFault(rest) === undefined) super.add(entity.value, rest)
  }

  #readState(entity: EntityId, text: string): void {
    const [, stamp, name, device = ''] = /^(\d+) ([A-Z_]+) (.+)$/.exec(text) ?? []
    const state = deviceStates.find((known) => known === name)
    const said = Number(stamp)
    if (state === undefined || !isStamp(said) || keyFault(device) !== undefined) return
    super.remember(entity, device, { value: state, stamp: said })
  }

  #readMailbox(entity: EntityId, text: string): void {
    const [, stamp, newMessages, oldMessages, name = ''] = /^(\d+) (\d+) (\d+) (.+)$/.exec(text) ?? []
    const mailbox = parseMailbox(name)
    const said = Number(stamp)
    const value = { newMessages: Number(newMessages), oldMessages: Number(oldMessages) }
    if (!mailbox.ok || !isStamp(said) || mailboxCountsFault(value) !== undefined) return
    super.rememberMailbox(entity, mailbox.value, { value, stamp: said })
  }

  #write(line: string): void {
    this.#pending.push(line)
    this.#lines += 1
    if (this.#lines > 2 * this.size + spareLinesMax) this.#rewrite()
    this.#writing ??= this.#drain()
  }

  /** Everything that counts takes the place of all lines. */
  #rewrite(): void {
    this.#pending = ['']
    for (const entity of this.entities()) {
      for (const device of this.keysOf(entity)) this.#pending.push(`+ ${entity} ${device}\n`)
    }
    for (const entity of this.speakers()) {
      for (const [device, saying] of this.remembered(entity)) this.#pending.push(stateLine(entity, device, saying))
      for (const [mailbox, saying] of this.rememberedMailboxes(entity)) {
        this.#pending.push(mailboxLine(entity, mailbox, saying))
      }
    }
    this.#lines = this.#pending.length
    this.#writing ??= this.#drain()
  }

  async #drain(): Promise<void> {
    try {
      while (this.#pending.length > 0) {
        const lines = this.#pending
        this.#pending = []
        // The empty line marks a file that begins anew.
        if (lines[0] !== '') await appendFile(this.#path, lines.join(''), { mode: 0o600 })
        else {
          await writeFile(`${this.#path}.new`, lines.join(''), { mode: 0o600 })
          await rename(`${this.#path}.new`, this.#path)
        }
      }
    } catch (error) {
      this.#failed(error as Error)
    } finally {
      this.#writing = undefined
    }
  }
}

function stateLine(entity: EntityId, device: string, { value, stamp }: Saying<DeviceState>): string {
  return `= ${entity} ${stamp} ${value} ${device}\n`
}

function mailboxLine(entity: EntityId, mailbox: string, { value, stamp }: Saying<MailboxCounts>): string {
  return `@ ${entity} ${stamp} ${value.newMessages} ${value.oldMessages} ${mailbox}\n`
}
