import { createNode } from '../../src/node/create-node.ts'
import type { Node } from '../../src/node/node.ts'
import { monotonicMs } from './monotonic.ts'
import { pause, paced, turn } from './pace.ts'
import type { Gauge, NodeSpec, PacedWrites, Shown } from './protocol.ts'
import { Recorder } from './recorder.ts'
import { digestOf, keyOf, valueOf, valuesOf, type Block } from './workload.ts'

const channel = 'device_state'

/** The node of a worker process. */
export class NodeHost {
  readonly recorder: Recorder = new Recorder()
  #node: Node | undefined
  #firstAliveMs: number | undefined
  #watching: ((key: string, value: unknown, atMs: number) => void) | undefined

  get firstAliveMs(): number | undefined {
    return this.#firstAliveMs
  }

  async start(spec: NodeSpec): Promise<{ beginMs: number; addresses: readonly string[]; entity: string }> {
    const node = createNode({ ...spec, mdns: false })
    node.addEventListener('change', ({ detail }) => {
      if (detail.channel !== channel) return
      const atMs = monotonicMs()
      const value = typeof detail.after === 'string' ? detail.after : null
      this.recorder.note({ key: detail.key, value, atMs })
      this.#watching?.(detail.key, detail.after, atMs)
    })
    node.addEventListener('member', ({ detail }) => {
      if (detail.to === 'alive') this.#firstAliveMs ??= monotonicMs()
    })
    this.#node = node
    const beginMs = monotonicMs()
    await node.start()
    return { beginMs, addresses: node.addresses(), entity: node.entity }
  }

  async leave(): Promise<number> {
    const node = this.#running()
    const atMs = monotonicMs()
    await node.stop()
    this.#node = undefined
    return atMs
  }

  async linked(others: number, limitMs: number): Promise<number> {
    const node = this.#running()
    const endMs = monotonicMs() + limitMs
    for (;;) {
      const members = node.members().filter(({ status, connected }) => status === 'alive' && connected)
      if (members.length === others) return monotonicMs()
      if (monotonicMs() > endMs)
        throw new Error(`${members.length} of ${others} others are alive and linked after ${limitMs} ms`)
      await pause(20)
    }
  }

  pace({ prefix, keys, count, from, gapMs }: PacedWrites): Promise<number[]> {
    const node = this.#running()
    return paced(count, gapMs, (index) => {
      const at = from + index
      return node.set(channel, keyOf(prefix, at % keys), valueOf(Math.floor(at / keys)))
    })
  }

  async flood(blocks: readonly Block[], perTurn: number): Promise<{ beginMs: number; endMs: number }> {
    const node = this.#running()
    const beginMs = monotonicMs()
    let written = 0
    for (const [key, value] of valuesOf(blocks)) {
      await node.set(channel, key, value)
      written += 1
      if (written % perTurn === 0) await turn()
    }
    return { beginMs, endMs: monotonicMs() }
  }

  async bursts({ prefix, keys, lap }: Block, size: number, gapMs: number): Promise<void> {
    const node = this.#running()
    for (let index = 0; index < keys; index += size) {
      await pause(gapMs)
      const last = Math.min(index + size, keys)
      const writes: Promise<void>[] = []
      for (let at = index; at < last; at += 1) writes.push(node.set(channel, keyOf(prefix, at), valueOf(lap)))
      await Promise.all(writes)
    }
  }

  /**
   * Notes which keys are not as wanted and strikes them off as they become so; nothing is searched while the clock runs. It may be asked
   * before the node is started.
   */
  shows(blocks: readonly Block[], limitMs: number): Promise<number> {
    const wanted = new Map<string, unknown>(valuesOf(blocks))
    const present = new Map<string, unknown>(this.#node?.list(channel).map(({ key, value }) => [key, value]))
    const missing = new Set([...wanted.keys()].filter((key) => present.get(key) !== wanted.get(key)))
    const others = new Set([...present.keys()].filter((key) => !wanted.has(key)))
    const isReached = (): boolean => missing.size === 0 && others.size === 0
    if (isReached()) return Promise.resolve(monotonicMs())
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#watching = undefined
        const [example = ''] = missing.size > 0 ? missing : others
        const what = `${missing.size} of ${wanted.size} keys are not as written, ${others.size} should not be there`
        reject(new Error(`after ${limitMs} ms ${what}, as ${example}`))
      }, limitMs)
      this.#watching = (key, value, atMs) => {
        if (!wanted.has(key)) {
          if (value === undefined) others.delete(key)
          else others.add(key)
        } else if (value === wanted.get(key)) missing.delete(key)
        else missing.add(key)
        if (!isReached()) return
        clearTimeout(timer)
        this.#watching = undefined
        resolve(atMs)
      }
    })
  }

  shown(): Shown {
    const node = this.#running()
    const values = node.list(channel)
    const alive = node.members().filter(({ status }) => status === 'self' || status === 'alive')
    return {
      digest: digestOf(values.map(({ key, value }) => [key, value] as const)),
      keys: values.length,
      alive: alive.map(({ entity }) => entity).sort(),
    }
  }

  gauge(): Gauge {
    const { user, system } = process.cpuUsage()
    const rssBytes = process.memoryUsage.rss()
    const stats = this.#running().stats()
    return {
      atMs: monotonicMs(),
      cpuMs: (user + system) / 1000,
      rssBytes,
      bytesIn: stats['bytes_in'] ?? 0,
      bytesOut: stats['bytes_out'] ?? 0,
      stats,
    }
  }

  heapBytes(): number {
    if (globalThis.gc === undefined) throw new Error('node runs without --expose-gc')
    globalThis.gc()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  }

  #running(): Node {
    if (this.#node === undefined) throw new Error('the node does not run')
    return this.#node
  }
}
