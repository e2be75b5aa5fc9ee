import type { Argument, Command, Option } from 'commander'

/** Kinds of values that can be completed; what is neither of them cannot. */
export type ValueKind = 'device' | 'mailbox' | 'state' | 'channel' | 'file' | 'directory' | 'command'

/** Where the values of each kind come from. */
export type Values = (kind: ValueKind, partial: string) => Promise<readonly string[]>

/** The kind of value that an argument or option takes, by the name that stands for it in help texts. */
const kinds: Readonly<Record<string, ValueKind>> = {
  device: 'device',
  pattern: 'device',
  mailbox: 'mailbox',
  state: 'state',
  channel: 'channel',
  file: 'file',
  directory: 'directory',
  command: 'command',
}

/**
 * What may stand in place of the last of some words, which may be empty: commands, options and values. The words begin behind the
 * program's name.
 */
export async function candidatesFor(program: Command, words: readonly string[], values: Values): Promise<string[]> {
  const partial = words.at(-1) ?? ''
  const { command, taken, pending } = walk(program, words.slice(0, -1))
  const fitting = (found: readonly string[]): string[] =>
    [...new Set(found)].filter((word) => word.startsWith(partial)).sort()
  if (pending !== undefined) return fitting(await valuesOf(pending, partial, values))
  if (partial.startsWith('-')) return fitting(optionNames(program, command))
  const argument = command.registeredArguments[Math.min(taken, command.registeredArguments.length - 1)]
  const isWanted = argument !== undefined && (taken < command.registeredArguments.length || argument.variadic)
  const named = command.commands.filter((one) => !isHidden(one)).map((one) => one.name())
  return fitting([...(taken === 0 ? named : []), ...(isWanted ? await valuesOf(argument, partial, values) : [])])
}

interface Place {
  readonly command: Command
  /** Arguments of the command that are there already. */
  readonly taken: number
  /** The option whose value comes next. */
  readonly pending: Option | undefined
}

function walk(program: Command, words: readonly string[]): Place {
  let [command, taken]: [Command, number] = [program, 0]
  let pending: Option | undefined
  for (const word of words) {
    if (pending !== undefined) pending = undefined
    else if (word.startsWith('-')) {
      const option = [...command.options, ...program.options].find(({ long, short }) => long === word || short === word)
      pending = option?.required === true ? option : undefined
    } else {
      const next = taken === 0 ? command.commands.find((one) => one.name() === word) : undefined
      if (next === undefined) taken += 1
      else command = next
    }
  }
  return { command, taken, pending }
}

function optionNames(program: Command, command: Command): string[] {
  const options = [...command.options, ...program.options].filter(({ hidden }) => !hidden)
  return [...options.map(({ long, short }) => long ?? short ?? ''), '--help']
}

/** Commander keeps to itself which commands its help leaves out; asking for the visible ones is its public way. */
function isHidden(command: Command): boolean {
  const { parent } = command
  return parent !== null && !parent.createHelp().visibleCommands(parent).includes(command)
}

async function valuesOf(item: Argument | Option, partial: string, values: Values): Promise<readonly string[]> {
  if (item.argChoices !== undefined) return item.argChoices
  const placeholder = 'flags' in item ? (/[<[]([^>\]]+)/.exec(item.flags)?.[1] ?? '') : item.name()
  // Log levels and the like are written as they can be chosen: `error|warn|info|debug`.
  if (placeholder.includes('|')) return placeholder.split('|')
  const kind = kinds[placeholder]
  return kind === undefined ? [] : values(kind, partial)
}
