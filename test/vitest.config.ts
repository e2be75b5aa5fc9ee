import { defineConfig, type ViteUserConfig } from 'vitest/config'

// The suites are split by what they touch: `unit` runs in one process on virtual time, `live` starts
// real nodes on loopback. The live files run one after another because they share two small cores.
const config: ViteUserConfig = defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          sequence: { groupOrder: 0 },
          include: ['test/**/*.test.ts'],
          exclude: ['test/live/**', 'test/bench/live/**'],
        },
      },
      {
        extends: true,
        test: {
          name: 'live',
          include: ['test/live/**/*.test.ts', 'test/bench/live/**/*.test.ts'],
          // After the others: what is promised in seconds must not be measured beside them on two cores.
          sequence: { groupOrder: 1 },
          fileParallelism: false,
          testTimeout: 120_000,
        },
      },
    ],
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reporter: ['text-summary'], reportsDirectory: '.coverage' },
  },
})
// oxlint-disable-next-line import/no-default-export -- Vitest reads its configuration from the default export.
export default config
