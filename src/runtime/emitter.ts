/** An `EventTarget` whose event names and `detail` types are known to the compiler. */
export class TypedEventTarget<Events extends object> {
  readonly #target = new EventTarget()

  addEventListener<Name extends keyof Events & string>(
    name: Name,
    listener: (event: CustomEvent<Events[Name]>) => void,
    options?: { readonly signal?: AbortSignal; readonly once?: boolean },
  ): void {
    this.#target.addEventListener(name, listener as (event: Event) => void, options)
  }

  removeEventListener<Name extends keyof Events & string>(
    name: Name,
    listener: (event: CustomEvent<Events[Name]>) => void,
  ): void {
    this.#target.removeEventListener(name, listener as (event: Event) => void)
  }

  /** @internal Tells all listeners, in the order in which they were added. */
  protected emit<Name extends keyof Events & string>(name: Name, detail: Events[Name]): void {
    this.#target.dispatchEvent(new CustomEvent(name, { detail }))
  }
}
