import { Failure } from '../../runtime/failure.ts'
import { clusterCommands } from './cluster-commands.ts'
import { coreCommands } from './core-commands.ts'
import { devstateCommands } from './devstate-commands.ts'
import { hintCommands } from './hint-commands.ts'
import type { ConsoleCommand, Session } from './session.ts'
import { wordsOf } from './words.ts'

/** Lampfield's own commands, which the console takes too: `members`, `explain Custom:x`. */
export interface OwnCommands {
  readonly names: readonly string[]
  /** Runs one, with its output to the console; resolves with its exit code. */
  run(args: readonly string[]): Promise<number>
  /** What may stand in place of the last word. */
  complete(words: readonly string[]): Promise<readonly string[]>
}

interface Named {
  readonly words: readonly string[]
  readonly command: ConsoleCommand
  readonly isAlias: boolean
}

/** Understands lines in Asterisk's words, and Lampfield's own commands besides. */
export class Interpreter {
  readonly #session: Session
  readonly #own: OwnCommands
  readonly #commands: readonly Named[]

  constructor(session: Session, own: OwnCommands) {
    this.#session = session
    this.#own = own
    const all = [...coreCommands, ...hintCommands, ...clusterCommands, ...devstateCommands, ...this.#helpCommands()]
    this.#commands = all
      .flatMap((command) =>
        [command.words, ...(command.aliases ?? [])].map((words, at) => ({
          words: words.split(' '),
          command,
          isAlias: at > 0,
        })),
      )
      .sort((a, b) => (a.words.join(' ') < b.words.join(' ') ? -1 : 1))
  }

  /** Runs one line; false where it failed. Rejects where the node does not answer. */
  async run(line: string): Promise<boolean> {
    const words = wordsOf(line)
    const [first] = words
    if (first === undefined) return true
    const found = this.#find(words)
    if (found === undefined) {
      if (this.#own.names.includes(first)) return (await this.#own.run(words)) === 0
      const best = words.slice(0, this.#known(words) + 1).join(' ')
      this.#session.out(`No such command '${line.trim()}' (type 'core show help ${best}' for other possible commands)`)
      return false
    }
    const outcome = await found.command.run(this.#session, words.slice(found.words.length))
    if (outcome === 'usage') this.#showUsage(found.command)
    return outcome === 'done'
  }

  /** The words that may end a line, and the part of it that they replace. Nothing where the node does not answer. */
  async complete(line: string): Promise<[string[], string]> {
    const partial = /\S*$/.exec(line)?.[0] ?? ''
    const before = wordsOf(line.slice(0, line.length - partial.length))
    const candidates = await this.#candidates(before, partial).catch((error: unknown) => {
      if (Failure.is(error)) return []
      throw error
    })
    const wanted = partial.toLowerCase()
    const fitting = [...new Set(candidates)].filter((word) => word.toLowerCase().startsWith(wanted)).sort()
    return [fitting, partial]
  }

  async #candidates(before: readonly string[], partial: string): Promise<readonly string[]> {
    const found = this.#find(before)
    if (found !== undefined) {
      const arguments_ = before.slice(found.words.length)
      return [...this.#nextWords(before), ...((await found.command.complete?.(this.#session, arguments_)) ?? [])]
    }
    if (before.length === 0) return [...this.#nextWords([]), ...this.#own.names]
    const [first = ''] = before
    if (this.#own.names.includes(first)) return this.#own.complete([...before, partial])
    return this.#nextWords(before)
  }

  #nextWords(before: readonly string[]): string[] {
    return this.#commands
      .filter(({ words }) => words.length > before.length && begins(words, before))
      .map(({ words }) => words[before.length] ?? '')
  }

  /** The command that a line begins with: the longest, so that `core show hints` is not `core show`. */
  #find(words: readonly string[]): Named | undefined {
    return this.#commands
      .filter((named) => begins(words, named.words))
      .sort((a, b) => b.words.length - a.words.length)[0]
  }

  /** How many of the first words begin some command. */
  #known(words: readonly string[]): number {
    let count = 0
    while (count < words.length && this.#nextWords(words.slice(0, count + 1)).length > 0) count += 1
    return count
  }

  #showUsage({ usage }: ConsoleCommand): void {
    for (const text of `Usage: ${usage}`.split('\n')) this.#session.out(text)
  }

  #helpCommands(): readonly ConsoleCommand[] {
    const help: ConsoleCommand = {
      words: 'core show help',
      aliases: ['help'],
      summary: 'Display help list, or specific help on a command',
      usage:
        'core show help [topic]\n       When called with a topic as an argument, displays usage\n       information on the given command.',
      run: async (session, args) => {
        const exact = this.#find(args)
        if (exact !== undefined && exact.words.length === args.length) {
          this.#showUsage(exact.command)
          return 'done'
        }
        const found = this.#commands.filter(
          ({ words, isAlias }) => begins(words, args) && (!isAlias || args.length > 0),
        )
        for (const { words, command } of found) session.out(`${words.join(' ').padEnd(30)} -- ${command.summary}`)
        if (args.length === 0) {
          for (const end of ['exit', 'quit']) session.out(`${end.padEnd(30)} -- Leave the console`)
          session.out(`Lampfield's own commands: ${this.#own.names.join(', ')}`)
        }
        if (found.length > 0) return 'done'
        session.out(`No such command '${args.join(' ')}'.`)
        return 'failed'
      },
      complete: async (_session, args) => this.#nextWords(args),
    }
    return [help]
  }
}

/** Whether some words begin with others, in any case. */
function begins(words: readonly string[], start: readonly string[]): boolean {
  return start.every((word, at) => words[at]?.toLowerCase() === word.toLowerCase())
}
