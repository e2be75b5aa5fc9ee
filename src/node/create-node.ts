import { LampfieldNode } from './lampfield-node.ts'
import type { Node } from './node.ts'
import type { NodeOptions } from './options.ts'

/**
 * Makes a node; it does nothing until it is started.
 *
 * @throws Failure `invalid-argument` where an option is wrong.
 * @example
 * ```ts
 * import { createNode } from 'lampfield'
 *
 * const node = createNode({ cluster: 'office', name: 'web1', mdns: false, listen: ['/ip4/127.0.0.1/tcp/0'] })
 * await node.start()
 * await node.stop()
 * ```
 */
export function createNode(options: NodeOptions = {}): Node {
  return new LampfieldNode(options)
}
