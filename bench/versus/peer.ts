import type { ParticipantOperations } from './worker/operations.ts'

/** This product cannot run here; the sentence tells why and what would help. */
export class CannotRun extends Error {
  override readonly name: string = 'CannotRun'
}

/** What Lampfield is compared with, or Lampfield itself. */
export interface Peer {
  readonly name: string
  readonly about: string
  /** The process through which everything goes; undefined where there is none. */
  readonly broker: string | undefined
  /** How many changes of distinct keys all participants write together, as fast as it goes. */
  readonly storm: number
  /** What tells a participant that another one is gone; undefined where the product has no such notion. */
  readonly presence: string | undefined
  /** Finds or fetches what is needed, once; its version. Throws `CannotRun`. */
  prepare(): Promise<string>
  /** Starts what is needed and three participants. */
  open(): Promise<Cluster>
}

/** One participant, in whatever process. */
export interface Handle {
  ask<Name extends keyof ParticipantOperations>(
    name: Name,
    argument: ParticipantOperations[Name]['argument'],
  ): Promise<ParticipantOperations[Name]['answer']>
}

/** What runs for one product; participant numbers are from 1. */
export interface Cluster {
  readonly participants: readonly Handle[]
  /** kill -9 of everything that belongs to a participant. */
  kill(number: number): void
  /** Nothing passes between a participant and everybody else, and nobody is told. */
  cut(number: number): void
  mend(): void
  /** Bytes that all cards have sent since they are there. */
  bytes(): number
  /** Resident memory in bytes. */
  memory(): { readonly participants: number; readonly daemons: number }
  close(): Promise<void>
}
