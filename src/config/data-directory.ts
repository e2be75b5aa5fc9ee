import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/** The data directory where none is set, after the XDG Base Directory Specification, which ignores relative paths. */
export function defaultDataDirectory(
  env: Readonly<Record<string, string | undefined>>,
  home: string = homedir(),
): string {
  const stateHome = env['XDG_STATE_HOME'] ?? ''
  return join(isAbsolute(stateHome) ? stateHome : join(home, '.local', 'state'), 'lampfield')
}
