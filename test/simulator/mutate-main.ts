import { parseArgs } from 'node:util'
import { editFault, findMutation } from './mutate.ts'
import { mutations } from './mutations.ts'

const options = {
  /** Only mutations whose name has this in it. */
  only: { type: 'string', default: '' },
  /** Seeds at most for each, beside the one that is known to find it. */
  seeds: { type: 'string', default: '200' },
  /** Looks from the first seed on, as if none were known. */
  search: { type: 'boolean', default: false },
} as const

const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** Every mutation must be found: a check that cannot fail is none. */
async function main(): Promise<number> {
  const { values } = parseArgs({ options })
  const chosen = mutations.filter(({ name }) => name.includes(values.only))
  let missed = 0
  for (const mutation of chosen) {
    const fault = mutation.edits.map(editFault).find((sentence) => sentence !== undefined)
    if (fault !== undefined) {
      missed += 1
      say(`ROTTEN   ${mutation.name}: ${fault}`)
      continue
    }
    const known = values.search ? undefined : await findMutation(mutation, { first: mutation.seed, seeds: 1 })
    const found =
      known?.seed === undefined ? await findMutation(mutation, { first: 1, seeds: Number(values.seeds) }) : known
    if (found.seed === undefined) missed += 1
    const verdict = found.seed === undefined ? 'MISSED ' : `seed ${String(found.seed).padStart(4)}`
    say(`${verdict}  ${mutation.name} (${found.seconds.toFixed(1)} s): ${found.sentence.slice(0, 160)}`)
  }
  say(`${chosen.length - missed} of ${chosen.length} mutations were found`)
  return missed > 0 ? 1 : 0
}

process.exitCode = await main()
