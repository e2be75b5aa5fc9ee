/** An invariant of DESIGN.md, section 11, that did not hold. */
export class Violation extends Error {
  readonly invariant: number
  readonly atMs: number

  constructor(invariant: number, atMs: number, sentence: string) {
    super(sentence)
    this.name = 'Violation'
    this.invariant = invariant
    this.atMs = atMs
  }
}
