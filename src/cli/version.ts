import { readFileSync } from 'node:fs'

/** The version of the package this program is part of; `package.json` lies two directories up from `src/cli` and `dist/cli` alike. */
export const version: string = readVersion()

function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
