// A process of its own for the tests of kill -9 and of two nodes in one directory: opens the store, writes the numbers from
// 0 on, as fast as they are acknowledged, and prints each when it is; then what a write fails with, if one does.
import { Failure } from '../../src/runtime/failure.ts'
import { openLevelStore } from '../../src/storage/level-store.ts'

const [directory = '', count = '0'] = process.argv.slice(2)
const store = await openLevelStore(directory)
process.stdout.write('open\n')
for (let at = 0; at < Number(count); at += 1) {
  const writing = store.write([
    { key: `number/${String(at).padStart(6, '0')}`, value: Buffer.from(String(at)) },
    { key: 'latest', value: Buffer.from(String(at)) },
  ])
  const told = await writing.then(
    () => String(at),
    (error: unknown) => (Failure.is(error) ? `${error.code}: ${error.message}` : String(error)),
  )
  process.stdout.write(`${told}\n`)
}
setInterval(() => {}, 1000)
