import { parseArgs } from 'node:util'
import { decoders } from './decoders.ts'
import { fuzz } from './fuzz.ts'

const usage = `npm run fuzz -- [options]
  --cases N       damaged inputs for each decoder (100000)
  --decoder NAME  this one only
  --first S       the seed of the first input (drawn)
  --seed S        this input only`

const options = {
  cases: { type: 'string', default: '100000' },
  decoder: { type: 'string' },
  first: { type: 'string' },
  seed: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const

const say = (line: string): void => void process.stdout.write(`${line}\n`)

async function main(): Promise<number> {
  const { values } = parseArgs({ options })
  const all = await decoders()
  const chosen = all.filter(({ name }) => values.decoder === undefined || name === values.decoder)
  if (values.help || chosen.length === 0) {
    say(`${usage}\ndecoders: ${all.map(({ name }) => name).join(' ')}`)
    return values.help ? 0 : 2
  }
  const cases = values.seed === undefined ? Number(values.cases) : 1
  const first = Number(values.seed ?? values.first ?? Math.floor(Math.random() * 2 ** 31))
  let failed = 0
  for (const decoder of chosen) {
    const startMs = performance.now()
    try {
      const { taken, slowestMs } = await fuzz(decoder, { first, cases })
      const seconds = (performance.now() - startMs) / 1000
      say(
        `${decoder.name}: ${cases} cases from seed ${first} in ${seconds.toFixed(0)} s, ${taken} taken, slowest ${slowestMs.toFixed(1)} ms of CPU`,
      )
    } catch (error) {
      failed += 1
      say((error as Error).message)
    }
  }
  return failed > 0 ? 1 : 0
}

process.exitCode = await main()
