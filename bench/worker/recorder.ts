import type { Sighting } from './protocol.ts'

/** Notes what a node shows and when: in the node's own process and in memory, so that noting costs what is measured nothing to speak of. */
export class Recorder {
  #sightings: Sighting[] | undefined

  begin(): undefined {
    this.#sightings = []
    return undefined
  }

  note(sighting: Sighting): void {
    this.#sightings?.push(sighting)
  }

  take(): readonly Sighting[] {
    const taken = this.#sightings ?? []
    this.#sightings = undefined
    return taken
  }
}
