import { Failure } from '../../runtime/failure.ts'

/** The rest of a path, as the router gives it: decoded, so that `PJSIP%2Falice` and `PJSIP/alice` are one name. */
export interface NamePath {
  readonly '*': string
}

/** A name at the end of a path. Names have slashes, and not every client encodes them. */
export const namePath = '/*'

export function nameAt(params: NamePath): string {
  if (params['*'] === '') throw new Failure('invalid-argument', 'a name cannot be empty')
  return params['*']
}
