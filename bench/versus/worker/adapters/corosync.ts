import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Adapter, Notice, Place } from '../adapter.ts'

/**
 * A closed process group of the corosync daemon on this host, through a small C program (`cpg-client.c`). CPG keeps nothing; as Asterisk's
 * res_corosync does, everybody says all that is its own again when somebody joins.
 */
export function corosync(place: Place, notice: Notice): Promise<Adapter> {
  const client = spawn(String(place.settings['client']), ['lampfield'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const own = new Map<string, string>()
  const say = (key: string, value: string): void => void client.stdin.write(`${key} ${value}\n`)
  const nameOf = (node: string | undefined): string => `p${node}`
  return new Promise((resolve, reject) => {
    client.once('error', reject)
    client.once('exit', (code) => reject(new Error(`the CPG client has ended with ${code}`)))
    createInterface({ input: client.stdout }).on('line', (line) => {
      const [kind, first = '', second = ''] = line.split(' ')
      if (kind === 'm') notice.changed(first, second)
      else if (kind === 'left') notice.gone(nameOf(first))
      else if (kind === 'joined') {
        notice.came(nameOf(first))
        for (const [key, value] of own) say(key, value)
      } else if (kind === 'ready') {
        resolve({
          set(key, value) {
            own.set(key, value)
            say(key, value)
          },
          async stop() {
            client.kill('SIGKILL')
          },
        })
      }
    })
  })
}
