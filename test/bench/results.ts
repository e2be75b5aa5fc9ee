import { fingerprint, machine, software } from '../../bench/machine.ts'
import { method, type Results, type SuiteResult } from '../../bench/result.ts'

/** Results as a whole run of this machine would have them. */
export function resultsOf(suites: readonly SuiteResult[], more: Partial<Results> = {}): Results {
  const here = machine()
  return {
    format: 1,
    startedAt: '2026-01-02T03:04:05.000Z',
    machine: here,
    fingerprint: fingerprint(here),
    software: software(),
    method,
    depth: 'overview',
    seed: 1,
    isWhole: true,
    suites,
    ...more,
  }
}

/** A suite that measured some ratios and nothing else. */
export function suiteWith(name: string, ratios: Readonly<Record<string, number>>): SuiteResult {
  return { name, about: name, seconds: 1, status: 'measured', tables: [], series: [], ratios, notes: [] }
}
