import { clip } from './clip.ts'
import { stripComments } from './comment.ts'
import type { Fault, Source } from './source.ts'

/** One `key = value` (or `key => value`), in the order of the file. The key is in lower case. */
export interface ConfEntry {
  readonly key: string
  readonly value: string
  readonly source: Source
}

/** One `[name]` and what follows it. The name is in lower case. */
export interface ConfSection {
  readonly name: string
  readonly source: Source
  readonly entries: readonly ConfEntry[]
}

export interface ConfFile {
  /** The path, as the user gave it. */
  readonly file: string
  readonly sections: readonly ConfSection[]
}

/** A file that was read; or what is wrong with it, and the rest of it, which may be looked at and must not be used. */
export type ConfReading =
  | { readonly ok: true; readonly value: ConfFile }
  | { readonly ok: false; readonly faults: readonly Fault[]; readonly rest?: ConfFile | undefined }

/** Ten thousand hints fit; a log or a disk image given by mistake does not. */
export const confMaxBytes: number = 1024 * 1024

/** A file of another kind is wrong in every line, and nobody reads more than this. */
export const faultsMax = 50

/** Reads the text of a configuration file, as Asterisk's are written. Any text gives sections or faults. */
export function readConf(file: string, text: string): ConfReading {
  if (text.length > confMaxBytes) {
    const sentence = `this is larger than ${confMaxBytes} bytes and so no configuration file of Lampfield`
    return { ok: false, faults: [{ source: { kind: 'file', file, line: 0 }, sentence }] }
  }
  const reader = new ConfReader(file)
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  for (const line of lines) if (!reader.isFull()) reader.line(line)
  return reader.end()
}

class ConfReader {
  readonly #file: string
  readonly #sections: (ConfSection & { readonly entries: ConfEntry[] })[] = []
  readonly #faults: Fault[] = []
  #line = 0
  /** What follows a section head that cannot be read belongs to no section that is known. */
  #isLost = false
  #commentDepth = 0
  #commentLine = 0

  constructor(file: string) {
    this.#file = file
  }

  isFull(): boolean {
    return this.#faults.length >= faultsMax
  }

  line(line: string): void {
    this.#line += 1
    const { text, depth } = stripComments(line, this.#commentDepth)
    if (this.#commentDepth === 0) this.#commentLine = this.#line
    this.#commentDepth = depth
    const trimmed = text.trim()
    if (trimmed === '') return
    const fault = this.#statement(trimmed)
    if (fault !== undefined) this.#fault(this.#line, fault)
  }

  end(): ConfReading {
    if (this.#commentDepth > 0 && !this.isFull()) {
      this.#fault(this.#commentLine, 'the comment that begins here with ;-- is never ended: put --; behind it')
    }
    if (this.isFull()) this.#fault(this.#line, 'so much is wrong that the rest was not read')
    const conf = { file: this.#file, sections: this.#sections }
    if (this.#faults.length > 0) return { ok: false, faults: this.#faults, rest: conf }
    return { ok: true, value: conf }
  }

  /** Takes one section head or entry; says what is wrong with it. */
  #statement(text: string): string | undefined {
    if (/[^\P{Cc}\t]/u.test(text)) return 'there is a control character in this line: is this a text file?'
    if (text.startsWith('[')) {
      const fault = this.#head(text)
      this.#isLost = fault !== undefined
      return fault
    }
    if (text.startsWith('#')) return hashFault(text)
    const equals = text.indexOf('=')
    if (equals < 0) return `"${clip(text)}" is no setting: "name = value" is wanted, or ; in front of a comment`
    const key = text.slice(0, equals).trim().toLowerCase()
    if (key === '') return 'there is no name in front of the ='
    if (key.endsWith('+')) return '+= is not understood: write the whole value behind one ='
    if (this.#isLost) return undefined
    const section = this.#sections.at(-1)
    if (section === undefined) return `"${clip(key)}" stands before the first section: write [general] above it`
    const value = text.slice(text[equals + 1] === '>' ? equals + 2 : equals + 1).trim()
    section.entries.push({ key, value, source: this.#at(this.#line) })
    return undefined
  }

  #head(text: string): string | undefined {
    const end = text.indexOf(']')
    const name = text.slice(1, end).trim().toLowerCase()
    if (end < 0) return `the ] behind "${clip(text)}" is missing`
    if (name === '') return 'a section has a name: [general]'
    if (end !== text.length - 1) {
      return `nothing can follow [${clip(name)}] in its line: templates are not understood, so write each section out`
    }
    this.#sections.push({ name, source: this.#at(this.#line), entries: [] })
    return undefined
  }

  #fault(line: number, sentence: string): void {
    this.#faults.push({ source: this.#at(line), sentence })
  }

  #at(line: number): Source {
    return { kind: 'file', file: this.#file, line }
  }
}

function hashFault(text: string): string {
  if (/^#\s*(include|exec|tryinclude)\b/.test(text)) {
    return '#include and #exec are not understood: put everything into this file'
  }
  return '# begins no comment here: write ; in its place'
}
