/**
 * Gives Node 20 `Promise.withResolvers`, which Node has from version 22 on.
 *
 * libp2p 2.10.0 opens its peer store through `mortice`, whose `it-queue` calls that function without declaring that it needs Node 22:
 * without this file a node does not start on Node 20 (`Promise.withResolvers is not a function`). Older versions of `mortice` do not
 * fit. So this must be imported before anything of libp2p, and can go when Node 20 is no longer supported.
 */

interface Resolvers<Value> {
  readonly promise: Promise<Value>
  readonly resolve: (value: Value | PromiseLike<Value>) => void
  readonly reject: (reason?: unknown) => void
}

/** @internal The function itself, as ECMAScript 2024 describes it. */
export function withResolvers<Value>(): Resolvers<Value> {
  let resolve: Resolvers<Value>['resolve'] = () => {}
  let reject: Resolvers<Value>['reject'] = () => {}
  const promise = new Promise<Value>((a, b) => {
    resolve = a
    reject = b
  })
  return { promise, resolve, reject }
}

if (!('withResolvers' in Promise)) {
  Object.defineProperty(Promise, 'withResolvers', { value: withResolvers, configurable: true, writable: true })
}
