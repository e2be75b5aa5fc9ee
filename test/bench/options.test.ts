import { describe, expect, test } from 'vitest'
import { readOptions, usage, UsageError } from '../../bench/options.ts'
import { suites } from '../../bench/suites.ts'

const read = (line: string): ReturnType<typeof readOptions> => readOptions(line === '' ? [] : line.split(' '), suites)

describe('the options', () => {
  test('without any, everything is measured in overview', () => {
    const usual = suites.filter(({ isExtra }) => isExtra !== true)
    expect(read('')).toMatchObject({
      suites: usual,
      depth: 'overview',
      nodes: undefined,
      runs: undefined,
      isWhole: true,
    })
  })

  test('choose suites, node counts and runs', () => {
    const options = read('--suite convergence,death --nodes 3,8 --runs 5 --json out.json --report out.html')
    expect(options?.suites.map(({ name }) => name)).toEqual(['convergence', 'death'])
    expect(options).toMatchObject({ nodes: [3, 8], runs: 5, json: 'out.json', report: 'out.html', isWhole: false })
  })

  test.each([
    ['--suite convergense', /no suite "convergense".*convergence/],
    ['--peers redis', /--peers belongs to --suite versus/],
    ['--suite versus --peers rediss', /no peer "rediss".*redis, nats/],
    ['--nodes 1', /--nodes is "1".*2 to 64/],
    ['--suite scale --nodes 1001', /--nodes is "1001".*2 to 1000/],
    ['--suite scale,death --nodes 65', /2 to 64/],
    ['--nodes 3,x', /--nodes is "x"/],
    ['--runs 0', /--runs is "0".*1 to/],
    ['--runs 1.5', /--runs is "1.5".*whole number/],
    ['--long --tiny', /exclude each other/],
    ['--speed', /--speed/],
    ['surplus', /surplus/],
    ['--baseline --update-baseline', /exclude each other/],
  ])('%s is refused, with what would be right', (line, sentence) => {
    expect(() => read(line)).toThrow(UsageError)
    expect(() => read(line)).toThrow(sentence)
  })

  test.each(['--suite death', '--nodes 3', '--runs 9', '--tiny', '--from out.json', '--suite all --peers redis'])(
    'a partial run (%s) writes no baseline',
    (part) => {
      expect(() => read(`${part} --update-baseline`)).toThrow(/whole run only/)
      expect(read(part)).toMatchObject({ isWhole: false })
    },
  )

  test('versus runs where it is named, with those that it is to be compared with', () => {
    expect(read('')?.suites.map(({ name }) => name)).not.toContain('versus')
    expect(read('--suite versus')?.peers).toBeUndefined()
    expect(read('--suite versus --peers redis,corosync')?.peers).toEqual(['redis', 'corosync'])
    expect(usage(suites)).toContain('all of them run but versus')
  })

  test('all is every suite, and a whole run', () => {
    expect(read('--suite all')).toMatchObject({ suites, isWhole: true })
    expect(read('--from a.json,b.json')?.from).toEqual(['a.json', 'b.json'])
  })

  test('--help names every suite', () => {
    expect(read('--help')).toBeUndefined()
    for (const { name, about } of suites) expect(usage(suites)).toContain(`${name.padEnd(18)} ${about}`)
  })
})
