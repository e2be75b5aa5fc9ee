import { join } from 'node:path'
import { defineConfig, type ViteUserConfig } from 'vitest/config'

// The suites are split by what they touch: `unit` runs in one process on virtual time, `live` starts
// real nodes on loopback. The live files run one after another because they share two small cores.
const source = join(import.meta.dirname, '..', 'src')

const config: ViteUserConfig = defineConfig({
  // Examples name the package as its users do, and are tested with the sources.
  resolve: { alias: { 'lampfield/testing': join(source, 'testing.ts'), lampfield: join(source, 'index.ts') } },
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
          exclude: ['test/live/**', 'test/page/**', 'test/bench/live/**', 'test/package/**'],
        },
      },
      {
        extends: true,
        test: {
          name: 'live',
          include: [
            'test/live/**/*.test.ts',
            'test/page/**/*.test.ts',
            'test/bench/live/**/*.test.ts',
            'test/package/**/*.test.ts',
          ],
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
