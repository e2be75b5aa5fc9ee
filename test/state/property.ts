import * as fc from 'fast-check'

/**
 * Checks a property with a seed that a failure prints; `LAMPFIELD_SEED=<seed> npx vitest …` runs the same cases again.
 */
export function checkProperty<Inputs>(property: fc.IProperty<Inputs>, numRuns = 200): void {
  const given = process.env['LAMPFIELD_SEED']
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given)
  fc.assert(property, {
    seed,
    numRuns,
    reporter(details) {
      if (!details.failed) return
      const report = `LAMPFIELD_SEED=${seed}\n${fc.defaultReportMessage(details)}`
      throw new Error(report, { cause: details.errorInstance })
    },
  })
}
