import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Edit, Mutation } from './mutations.ts'

/** The repository. */
const root: string = join(import.meta.dirname, '..', '..')

/** Why an edit cannot be made, as a sentence; undefined when it can. A list that rots would find nothing. */
export function editFault({ file, find }: Edit): string | undefined {
  const times = readFileSync(join(root, file), 'utf8').split(find).length - 1
  return times === 1 ? undefined : `"${find}" occurs ${times} times in ${file}, not once`
}

/** What the simulator said of a mutation. */
export interface Caught {
  /** The seed that found it; undefined when none did. */
  readonly seed: number | undefined
  readonly sentence: string
  readonly seconds: number
}

export interface Search {
  readonly first: number
  readonly seeds: number
}

/** As `tryMutation`, but a seed that fails without the mutation too finds nothing. */
export async function findMutation(mutation: Mutation, { first, seeds }: Search): Promise<Caught> {
  const startMs = performance.now()
  for (let next = first; ;) {
    const caught = await tryMutation(mutation, { first: next, seeds: first + seeds - next })
    const seconds = (performance.now() - startMs) / 1000
    if (caught.seed === undefined) return { ...caught, seconds }
    const sound = await simulate(root, optionsOf(mutation, { first: caught.seed, seeds: 1 }))
    if (isSound(sound)) return { ...caught, seconds }
    next = caught.seed + 1
    if (next >= first + seeds) return { seed: undefined, sentence: 'the seeds that fail do so without it', seconds }
  }
}

/** Runs the simulator on a copy of the sources with the mutation in it, until a seed fails. */
export async function tryMutation(mutation: Mutation, search: Search): Promise<Caught> {
  const directory = mkdtempSync(join(tmpdir(), 'lampfield-mutation-'))
  const startMs = performance.now()
  try {
    for (const part of ['src', 'test/support', 'test/simulator', 'package.json', 'tsconfig.json']) {
      cpSync(join(root, part), join(directory, part), { recursive: true })
    }
    symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'))
    for (const edit of mutation.edits) apply(directory, edit)
    const output = await simulate(directory, optionsOf(mutation, search))
    const found = foundIn(output)
    const seconds = (performance.now() - startMs) / 1000
    if (found !== undefined) return { ...found, seconds }
    // A mutant that cannot even run was not found by the simulator.
    const sentence = isSound(output) ? `${search.seeds} seeds found nothing` : output.slice(-500)
    return { seed: undefined, sentence, seconds }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** The first seed that failed, and what of it. A line that tells how far a long run is begins with its seed, too. */
export function foundIn(output: string): Omit<Caught, 'seconds'> | undefined {
  const found = /^seed (\d+): (invariant .*)$/m.exec(output)
  return found === null ? undefined : { seed: Number(found[1]), sentence: found[2] ?? '' }
}

const isSound = (output: string): boolean => /^\d+ seeds, 0 failed/m.test(output)

function optionsOf({ nodes, minutes, multicast, fullMesh }: Mutation, { first, seeds }: Search): string[] {
  const range = ['--first', String(first), '--seeds', String(seeds)]
  return [
    ...range,
    '--nodes',
    String(nodes),
    '--minutes',
    String(minutes),
    ...(multicast === false ? ['--no-multicast'] : []),
    ...(fullMesh === undefined ? [] : ['--full-mesh', String(fullMesh)]),
    '--no-shrink',
  ]
}

function apply(directory: string, edit: Edit): void {
  const fault = editFault(edit)
  if (fault !== undefined) throw new Error(fault)
  const file = join(directory, edit.file)
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(edit.find, () => edit.replace),
  )
}

function simulate(directory: string, options: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'test/simulator/main.ts', ...options], {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    const gather = (data: Buffer): void => {
      output = (output + data.toString()).slice(-20_000)
    }
    child.stdout.on('data', gather)
    child.stderr.on('data', gather)
    child.on('error', reject)
    child.on('close', () => resolve(output))
  })
}
