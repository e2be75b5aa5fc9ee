/** Where a setting was given. Lines count from 1; line 0 means the file as a whole. */
export type Source =
  | { readonly kind: 'flag'; readonly flag: string }
  | { readonly kind: 'environment'; readonly variable: string }
  | { readonly kind: 'file'; readonly file: string; readonly line: number }
  | { readonly kind: 'default' }

/** Something wrong in what the user wrote: where, and a sentence that says what would be right. */
export interface Fault {
  readonly source: Source
  readonly sentence: string
}

/** What was read, or everything that is wrong with it. */
export type Reading<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly faults: readonly Fault[] }

/** A source as people write it: `--cluster`, `LAMPFIELD_CLUSTER`, `/etc/lampfield/lampfield.conf:12`, `default`. */
export function sourceText(source: Source): string {
  switch (source.kind) {
    case 'flag':
      return source.flag
    case 'environment':
      return source.variable
    case 'file':
      return source.line === 0 ? source.file : `${source.file}:${source.line}`
    case 'default':
      return 'default'
  }
}

/** A fault in one line, in the form that editors and people jump to. */
export const faultText = ({ source, sentence }: Fault): string => `${sourceText(source)}: ${sentence}`
