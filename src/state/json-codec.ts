import type { Codec } from './channel.ts'
import { parsed, unparsed } from './parsed.ts'

/** What JSON can say: the values of a channel that has no codec of its own. Numbers are finite; nothing is `undefined`. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue | undefined }

/** Arrays and objects inside one another at most: people nest a handful deep, and hostile bytes must not use up the stack. */
const depthMax = 32

/**
 * The codec of JSON values: UTF-8 text in one canonical form, the names of an object in order, so that equal values have equal
 * bytes. What it reads is frozen through and through.
 *
 * @example
 * ```ts
 * import { jsonCodec } from 'lampfield'
 *
 * const codec = jsonCodec((value: unknown): value is string => typeof value === 'string')
 * console.log(codec.decode(codec.encode('here')))
 * ```
 */
export function jsonCodec<Value>(isValue: (value: unknown) => value is Value): Codec<Value> {
  return {
    encode: (value) => new TextEncoder().encode(canonicalText(value, 0)),
    decode(bytes) {
      const text = readText(bytes)
      if (text === undefined) return unparsed('the bytes are no UTF-8 text')
      try {
        const value: unknown = JSON.parse(text, freeze)
        if (canonicalText(value, 0) !== text) return unparsed('the JSON text is not in its canonical form')
        return isValue(value) ? parsed(value) : unparsed('the value is none of this channel')
      } catch {
        return unparsed('the text is no JSON')
      }
    },
  }
}

/** What keeps a value from being written as JSON, as a sentence; undefined when nothing does. */
export function jsonFault(value: unknown): string | undefined {
  try {
    canonicalText(value, 0)
    return undefined
  } catch (error) {
    return error instanceof TypeError ? error.message : 'it cannot be read'
  }
}

function canonicalText(value: unknown, depth: number): string {
  if (depth > depthMax) throw new TypeError(`it is nested more than ${depthMax} deep`)
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value)
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`${value} is no JSON number`)
      return JSON.stringify(value)
    case 'object':
      if (value === null) return 'null'
      if (Array.isArray(value)) return `[${value.map((item) => canonicalText(item, depth + 1)).join(',')}]`
      return objectText(value, depth)
    case 'undefined':
    case 'function':
    case 'symbol':
    case 'bigint':
      throw new TypeError(`a ${typeof value} is no JSON value`)
  }
}

function objectText(value: object, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError(`a ${value.constructor.name} is no JSON value: only plain objects and arrays are`)
  }
  // As with JSON.stringify, a property that is undefined is not there.
  const properties = Object.entries(value).filter(([, property]) => property !== undefined)
  const texts = properties
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, property]) => `${JSON.stringify(name)}:${canonicalText(property, depth + 1)}`)
  return `{${texts.join(',')}}`
}

function readText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** What has been read is shared by all readers. */
function freeze(_name: string, value: unknown): unknown {
  return Object.freeze(value)
}
