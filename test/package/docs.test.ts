import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..', '..')

test('the reference is written without a warning: every public symbol is documented', async () => {
  const { typedocOptions } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly typedocOptions: Record<string, unknown>
  }
  expect(typedocOptions).toMatchObject({ treatWarningsAsErrors: true, validation: { notDocumented: true } })
  const typedoc = join(root, 'node_modules', '.bin', 'typedoc')
  const output = await new Promise<string>((resolve) => {
    execFile(typedoc, { cwd: root }, (error, out, errors) => resolve(`${error?.message ?? ''}${out}${errors}`))
  })
  expect(output).not.toMatch(/warning|\[error\]/i)
  expect(output).toContain('.artifacts/docs')
})
