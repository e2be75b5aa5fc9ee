import { defineChannel, type Channel, type Reducer } from 'lampfield'

/** What one server says of a service. */
export type Vote = 'up' | 'down'

/** How a service is on the whole. */
export interface Verdict {
  readonly state: Vote | 'disputed'
  readonly up: number
  readonly down: number
}

/** The majority counts. A reducer is a pure function of the set of entries: no order, no clock, no memory. */
export const majority: Reducer<Vote, Verdict> = {
  name: 'majority',
  reduce(entries) {
    const up = entries.filter(({ value }) => value === 'up').length
    const down = entries.length - up
    return { state: up > down ? 'up' : down > up ? 'down' : 'disputed', up, down }
  },
  explain(entries) {
    const { state, up, down } = majority.reduce(entries)
    const decisive = entries.filter(({ value }) => state === 'disputed' || value === state)
    return { rule: `${up} say up and ${down} say down.`, decidedBy: decisive.map(({ entity }) => entity) }
  },
}

/** Services by name. */
export const services: Channel<Vote, Verdict> = defineChannel({
  name: 'services',
  value: (value: unknown): value is Vote => value === 'up' || value === 'down',
  reducer: majority,
})
