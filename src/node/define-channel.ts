import { Failure } from '../runtime/failure.ts'
import { limits } from '../protocol/limits.ts'
import { parseChannelName, type Channel, type Codec } from '../state/channel.ts'
import { stampBytes } from '../state/entry.ts'
import { jsonCodec, jsonFault } from '../state/json-codec.ts'
import { keyFault } from '../state/key.ts'
import { unparsed } from '../state/parsed.ts'
import type { Reducer } from '../state/reducer.ts'

/** The largest value of a channel, in bytes as encoded: what the wire takes, less the stamp in front. */
const valueMaxBytes: number = limits.valueMaxBytes - stampBytes

/** What every definition of a channel says, whatever its values are. */
interface Definition<Value, Summary> {
  /** `[a-z][a-z0-9_]{0,31}`; `device_state` and `mwi` are taken. */
  readonly name: string
  /** Folds what the live entities say of a key; or gives the reducer of each key, and never changes its mind on one. */
  readonly reducer: Reducer<Value, Summary> | ((key: string) => Reducer<Value, Summary>)
  /**
   * Whether an own entry is kept in the data directory and said again after a restart: of no key, of each, or of some.
   * Default false.
   */
  readonly persistent?: boolean | ((key: string) => boolean)
  /** Whether listings, snapshots and changes say since when, as `sinceMs`. Default false. */
  readonly stampShown?: boolean
  /** Bytes of an encoded value at most, 1 to 4089. Default 4089. */
  readonly maxBytes?: number
  /** What is wrong with a key, as a sentence; undefined when it is good. Asked of keys that are good names already. */
  readonly keyFault?: (key: string) => string | undefined
  /** Whether two folded values are one and no change. Default: they are the same JSON. */
  readonly same?: (this: void, a: Summary, b: Summary) => boolean
}

/** A channel whose values are JSON. */
export interface JsonChannelDefinition<Value, Summary = Value> extends Definition<Value, Summary> {
  /**
   * Whether a value is one of this channel. It is asked of everything that the program sets and of everything that comes in
   * over the network, where anything at all may come.
   */
  readonly value: (value: unknown) => value is Value
}

/** A channel whose values are bytes, read and written by a codec of its own. */
export interface CodecChannelDefinition<Value, Summary = Value> extends Definition<Value, Summary> {
  /** Equal values must have equal bytes. A `decode` that throws has refused. */
  readonly codec: Codec<Value>
}

/**
 * Defines an event channel: a name, what its values are, and the reducer that folds what the entities say. All nodes of a
 * cluster must define it alike. Give it to `createNode` in `channels`, and to a node's methods in place of a name: keys
 * and values are then typed.
 *
 * @throws Failure `invalid-argument` for a wrong name or size.
 * @example
 * ```ts
 * import { createNode, defineChannel, isFiniteNumber, sumReducer } from 'lampfield'
 *
 * const calls = defineChannel({ name: 'calls', value: isFiniteNumber, reducer: sumReducer })
 * await using node = createNode({ channels: [calls], mdns: false, listen: ['/ip4/127.0.0.1/tcp/0'] })
 * await node.start()
 * await node.set(calls, 'support', 3)
 * console.log(node.get(calls, 'support')?.toFixed(1))
 * ```
 */
export function defineChannel<Value, Summary = Value>(
  definition: JsonChannelDefinition<Value, Summary>,
): Channel<Value, Summary>
/** A channel of values with a codec of their own, for what JSON cannot say or says at too great length. */
export function defineChannel<Value, Summary = Value>(
  definition: CodecChannelDefinition<Value, Summary>,
): Channel<Value, Summary>
export function defineChannel<Value, Summary>(
  definition: JsonChannelDefinition<Value, Summary> | CodecChannelDefinition<Value, Summary>,
): Channel<Value, Summary> {
  const { name, reducer, persistent = false, stampShown = false, maxBytes = valueMaxBytes } = definition
  checkDefinition(name, maxBytes)
  const codec = 'codec' in definition ? definition.codec : jsonCodec(definition.value)
  return Object.freeze({
    name,
    codec: bounded(name, codec, maxBytes),
    reducerFor: typeof reducer === 'function' ? reducer : () => reducer,
    validKey: (key: string) => keyFault(key) ?? definition.keyFault?.(key),
    validValue: 'codec' in definition ? () => undefined : (value: unknown) => valueFault(name, definition.value, value),
    persistent: typeof persistent === 'function' ? persistent : () => persistent,
    stampShown,
    same: definition.same ?? sameJson,
  })
}

function checkDefinition(name: string, maxBytes: number): void {
  const read = parseChannelName(name)
  if (!read.ok) throw new Failure('invalid-argument', read.reason)
  if (name === 'device_state' || name === 'mwi') {
    throw new Failure('invalid-argument', `${name} is a built-in channel: choose another name`)
  }
  if (!Number.isInteger(maxBytes) || maxBytes < 1 || maxBytes > valueMaxBytes) {
    throw new Failure('invalid-argument', `maxBytes of ${name} is ${maxBytes}: 1 to ${valueMaxBytes} is wanted`)
  }
}

function valueFault(name: string, isValue: (value: unknown) => boolean, value: unknown): string | undefined {
  const fault = jsonFault(value)
  if (fault !== undefined) return `the value is not for ${name}: ${fault}`
  return isValue(value) ? undefined : `${JSON.stringify(value).slice(0, 80)} is no value of ${name}`
}

/** The codec within the channel's size, and without surprises: what it throws is a value that is wrong. */
function bounded<Value>(name: string, codec: Codec<Value>, maxBytes: number): Codec<Value> {
  return {
    encode(value) {
      const bytes = encoded(name, codec, value)
      if (bytes.length <= maxBytes) return bytes
      throw new Failure('limit-reached', `a value of ${name} has at most ${maxBytes} bytes, not ${bytes.length}`)
    },
    decode(bytes) {
      if (bytes.length > maxBytes) return unparsed(`a value of ${name} has at most ${maxBytes} bytes`)
      try {
        return codec.decode(bytes)
      } catch {
        return unparsed(`the codec of ${name} cannot read the value`)
      }
    },
  }
}

function encoded<Value>(name: string, codec: Codec<Value>, value: Value): Uint8Array {
  try {
    return codec.encode(value)
  } catch (cause) {
    throw new Failure('invalid-argument', `the codec of ${name} cannot write the value: ${String(cause)}`, { cause })
  }
}

const sameJson = (a: unknown, b: unknown): boolean => Object.is(a, b) || JSON.stringify(a) === JSON.stringify(b)
