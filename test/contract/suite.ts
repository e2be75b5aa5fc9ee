import { describe, test } from 'vitest'
import type { ContractCase } from '../../src/testing/contract-case.ts'

/** Runs a contract's cases as tests. */
export function contractSuite(name: string, cases: readonly ContractCase[]): void {
  describe(name, () => {
    for (const { name, run } of cases) test(name, run)
  })
}
