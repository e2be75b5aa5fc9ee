import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const source = join(import.meta.dirname, '..', '..', 'src', 'cli', 'prompt-code.ts')

/** A program that calls a function once and tells whether V8 has machine code for it: a module of its own, since Vitest is not to be changed. */
const program = (prepares: boolean): string => `
  const { compileAtFirstCall } = await import(${JSON.stringify(source)})
  if (${prepares}) compileAtFirstCall()
  const called = new Function('a', 'return a + 1')
  called(1)
  console.log(new Function('f', 'return %ActiveTierIsIgnition(f)')(called) ? 'interpreted' : 'compiled')`

function tierOf(prepares: boolean): { out: string; err: string } {
  const args = ['--allow-natives-syntax', '--import', 'tsx', '--input-type=module', '--eval', program(prepares)]
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  return { out: stdout.trim(), err: stderr }
}

test('what is called once is compiled, and V8 knows the flags that say so', () => {
  expect(tierOf(false)).toEqual({ out: 'interpreted', err: '' })
  expect(tierOf(true)).toEqual({ out: 'compiled', err: '' })
})
