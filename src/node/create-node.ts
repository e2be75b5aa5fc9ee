import { LampfieldNode } from './lampfield-node.ts'
import type { Node } from './node.ts'
import type { NodeOptions } from './options.ts'

/**
 * Makes a node; it does nothing until it is started.
 *
 * @throws Failure `invalid-argument` where an option is wrong.
 */
export function createNode(options: NodeOptions = {}): Node {
  return new LampfieldNode(options)
}
