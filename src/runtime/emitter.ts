/**
 * An `EventTarget` whose event names and `detail` types are known to the compiler.
 *
 * @example
 * ```ts
 * import { createNode } from 'lampfield'
 *
 * const node = createNode()
 * node.addEventListener('member', ({ detail }) => console.log(`${detail.name} is ${detail.to}`), { once: true })
 * ```
 */
export class TypedEventTarget<Events extends object> {
  readonly #target = new EventTarget()
  /** Names that were ever listened to: an event costs a microsecond to make, and most have no listener. */
  readonly #names = new Set<string>()

  /**
   * Calls `listener` for each event of this name, at once and in order, until it is removed or the signal is aborted. What a
   * listener throws is an uncaught exception of the process; the other listeners are called all the same.
   *
   * @example
   * ```ts
   * const leaving = new AbortController()
   * node.addEventListener('change', ({ detail }) => console.log(detail.key, detail.after), { signal: leaving.signal })
   * await node.set('device_state', 'PJSIP/alice', 'INUSE')
   * leaving.abort()
   * ```
   */
  addEventListener<Name extends keyof Events & string>(
    name: Name,
    listener: (event: CustomEvent<Events[Name]>) => void,
    options?: { readonly signal?: AbortSignal; readonly once?: boolean },
  ): void {
    this.#names.add(name)
    this.#target.addEventListener(name, listener as (event: Event) => void, options)
  }

  /**
   * Calls this listener no more; a listener that was not added changes nothing.
   *
   * @example
   * ```ts
   * const tell = (): void => console.log('something changed')
   * node.addEventListener('change', tell)
   * node.removeEventListener('change', tell)
   * ```
   */
  removeEventListener<Name extends keyof Events & string>(
    name: Name,
    listener: (event: CustomEvent<Events[Name]>) => void,
  ): void {
    this.#target.removeEventListener(name, listener as (event: Event) => void)
  }

  /** @internal Tells all listeners, in the order in which they were added. */
  protected emit<Name extends keyof Events & string>(name: Name, detail: Events[Name]): void {
    if (this.#names.has(name)) this.#target.dispatchEvent(new CustomEvent(name, { detail }))
  }
}
