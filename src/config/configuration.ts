import type { ConfFile } from './conf-file.ts'
import { checkFiles } from './file-checks.ts'
import { findConfFile, type ConfRequest } from './conf-lookup.ts'
import type { Flags } from './given.ts'
import { readHooks } from './hooks.ts'
import { divideSections } from './sections.ts'
import { resolveSettings, type Configuration, type Machine } from './settings.ts'
import type { Fault, Reading } from './source.ts'

/** A file of another kind is wrong in every line, and nobody reads more than this. */
const toldMax = 100

/**
 * Everything that is configured by flags, environment and file, or everything that is wrong with it: where a line cannot be
 * read, the others are looked at all the same.
 */
export async function readConfiguration(
  request: ConfRequest,
  flags: Flags,
  machine?: Machine,
): Promise<Reading<Configuration>> {
  const file = await findConfFile(request)
  const conf = file.ok ? file.value : file.rest
  if (!file.ok && conf === undefined) return file
  const resolved = resolveSettings({ flags, env: request.env, file: conf }, machine)
  const faults = [
    ...(file.ok ? [] : file.faults),
    ...(resolved.ok ? [] : resolved.faults),
    // Whoever mends a file wants to hear everything at once.
    ...(await checkFiles(resolved.ok ? resolved.value.hooks : hooksIn(conf))),
  ]
  if (faults.length > 0) return { ok: false, faults: told(faults) }
  return resolved
}

/** The hooks of a file in which something is wrong; undefined where it is the hooks themselves. */
function hooksIn(conf: ConfFile | undefined): Configuration['hooks'] {
  const faults: Fault[] = []
  const hooks = readHooks(divideSections(conf, []).hooks, faults)
  return faults.length === 0 ? hooks : undefined
}

/** By line, as one goes through the file to mend it. */
function told(faults: readonly Fault[]): readonly Fault[] {
  const line = ({ source }: Fault): number => (source.kind === 'file' ? source.line : -1)
  const sorted = faults.toSorted((a, b) => line(a) - line(b))
  const [last] = sorted.slice(toldMax)
  if (last === undefined) return sorted
  const sentence = `from here on ${sorted.length - toldMax} more lines are wrong: is this the right file?`
  return [...sorted.slice(0, toldMax), { source: last.source, sentence }]
}
