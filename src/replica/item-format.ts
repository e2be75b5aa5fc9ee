// An item of a Yjs V1 update, as far as the owner writes them. Its info byte: the kind of its content in the lower five
// bits, then what the item refers to.

export const kindMask = 0b0001_1111
export const deletionKind = 1
export const bytesKind = 3
export const collectedKind = 0
export const skippedKind = 10

export const hasKey = 0b0010_0000
export const hasRightOrigin = 0b0100_0000
export const hasOrigin = 0b1000_0000

/** The only writer of every document. The document's name says whose it is, so the number need not. */
export const writerClient = 1

/** The name of the one root map. */
export const rootName = 'm'
