/**
 * What a document takes of this process's memory, reckoned in bytes. The figures were measured on Node 20 and rounded up; they need not be exact, but whoever
 * chooses what is in a document shall find nothing that takes much and weighs little.
 */

/**
 * A document without any key: 6400 bytes measured. More, so that the room for all holds no more documents than fit into a vector: one that
 * was longer would be taken for an endless answer.
 */
export const documentWeight = 16_384

/** A key and its place in the document, the state hash and the fold, be it removed: 670 bytes measured where there are few in a document, 300 where there are many. */
export const keyWeight = 1024

/** What is remembered of each write until the next epoch. */
export const structWeight = 16

/** A live item of an epoch that is kept for its time of grace, beside its value. */
export const endedItemWeight = 80
