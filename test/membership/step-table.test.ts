import { describe, expect, it } from 'vitest'
import type { MemberStatus } from '../../src/membership/member.ts'
import { farewell, heartbeat, key, life, me, Observer, other, peer } from './observer.ts'

/** A member in this state: entity 2, key 2, life 10, heard up to sequence 5, directly linked. */
type State = 'unknown' | MemberStatus

const prepare: Record<State, (observer: Observer) => void> = {
  unknown() {},
  alive(observer) {
    observer.tell({ kind: 'connected', peer: peer(2) })
    observer.tell(heartbeat({ sequence: 5 }))
  },
  suspect(observer) {
    prepare.alive(observer)
    observer.run(3200)
    expect(observer.status()).toBe('suspect')
  },
  down(observer) {
    prepare.alive(observer)
    observer.run(5000)
    expect(observer.status()).toBe('down')
  },
  left(observer) {
    prepare.alive(observer)
    observer.tell(farewell({ sequence: 6 }))
  },
}

/** What can happen to it. */
const stimuli = {
  'newer heartbeat': (observer: Observer) => observer.tell(heartbeat({ sequence: 7 })),
  'same heartbeat again': (observer: Observer) => observer.tell(heartbeat({ sequence: 5 })),
  'older heartbeat': (observer: Observer) => observer.tell(heartbeat({ sequence: 4 })),
  'heartbeat of a later life': (observer: Observer) => observer.tell(heartbeat({ life: life(11) })),
  'heartbeat of an older life': (observer: Observer) => observer.tell(heartbeat({ life: life(9), sequence: 99 })),
  'later life, foreign key': (observer: Observer) => observer.tell(heartbeat({ life: life(11), key: 3 })),
  'older life, foreign key': (observer: Observer) => observer.tell(heartbeat({ life: life(9), key: 3 })),
  'heartbeat with another name': (observer: Observer) => observer.tell(heartbeat({ sequence: 7, name: 'new' })),
  farewell: (observer: Observer) => observer.tell(farewell({ sequence: 8 })),
  'farewell older than heard': (observer: Observer) => observer.tell(farewell({ sequence: 4 })),
  'farewell of an older life': (observer: Observer) => observer.tell(farewell({ life: life(9), sequence: 99 })),
  'farewell of a later life': (observer: Observer) => observer.tell(farewell({ life: life(11) })),
  'farewell, foreign key': (observer: Observer) => observer.tell(farewell({ life: life(11), key: 3 })),
  accused: (observer: Observer) =>
    observer.tell({ kind: 'accused', entity: other, life: life(10), sequence: 5, by: me }),
  evidence: (observer: Observer) => {
    const event = heartbeat({ sequence: 9 })
    if (event.kind === 'heartbeat') observer.tell({ kind: 'evidence', evidence: event, from: peer(9) })
  },
  announced: (observer: Observer) => observer.tell({ kind: 'announced', life: life(100), sequence: 1, toAll: true }),
  connected: (observer: Observer) => observer.tell({ kind: 'connected', peer: peer(2) }),
  disconnected: (observer: Observer) => observer.tell({ kind: 'disconnected', peer: peer(2) }),
  tick: (observer: Observer) => observer.tell({ kind: 'tick' }),
  '1.4 s of silence': (observer: Observer) => observer.run(1400),
  '3.2 s of silence': (observer: Observer) => observer.run(3200),
  'a day of silence': (observer: Observer) => {
    observer.view.tickDueMs += 86_400_000
    observer.now += 86_400_000
    observer.tell({ kind: 'tick' })
  },
  'own stall of 10 s': (observer: Observer) => {
    observer.stall(10_000)
    observer.tell({ kind: 'tick' })
    observer.run(400)
  },
  restore: (observer: Observer) =>
    observer.tell({ kind: 'restore', bindings: [{ entity: other, publicKey: new Uint8Array(32), life: life(50) }] }),
  forget: (observer: Observer) => observer.tell({ kind: 'forget', entity: other }),
  'pin to its key': (observer: Observer) => observer.tell({ kind: 'pin', entity: other, publicKey: key(2) }),
  'pin to another key': (observer: Observer) => observer.tell({ kind: 'pin', entity: other, publicKey: key(3) }),
  'this node is turned away': (observer: Observer) =>
    observer.tell({ kind: 'turned-away', holder: peer(3), from: peer(2) }),
} satisfies Record<string, (observer: Observer) => unknown>

type Stimulus = keyof typeof stimuli

/** The state afterwards, then the effects in their order. */
type Outcome = readonly [State, ...string[]]

const joined: Outcome = ['alive', 'bound', 'member-joined']
const back: Outcome = ['alive', 'member-changed']
const restarted: Outcome = ['alive', 'life-floor', 'member-changed restarted']
const farewelled: Outcome = ['left', 'life-floor', 'member-changed']
const leftInLaterLife: Outcome = ['left', 'life-floor', 'member-changed restarted']
const suspected: Outcome = ['suspect', 'member-changed', 'accuse']

/** Complete by type: a new status or stimulus does not compile until every cell is answered. */
const table: Record<State, Record<Stimulus, Outcome>> = {
  unknown: {
    'newer heartbeat': joined,
    'same heartbeat again': joined,
    'older heartbeat': joined,
    'heartbeat of a later life': joined,
    'heartbeat of an older life': joined,
    'later life, foreign key': joined,
    'older life, foreign key': joined,
    'heartbeat with another name': joined,
    farewell: ['unknown'],
    'farewell older than heard': ['unknown'],
    'farewell of an older life': ['unknown'],
    'farewell of a later life': ['unknown'],
    'farewell, foreign key': ['unknown'],
    accused: ['unknown'],
    evidence: ['unknown'],
    announced: ['unknown'],
    connected: ['unknown'],
    disconnected: ['unknown'],
    tick: ['unknown'],
    '1.4 s of silence': ['unknown'],
    '3.2 s of silence': ['unknown'],
    'a day of silence': ['unknown'],
    'own stall of 10 s': ['unknown'],
    restore: ['unknown'],
    forget: ['unknown'],
    'pin to its key': ['unknown', 'bound'],
    'pin to another key': ['unknown', 'bound'],
    'this node is turned away': ['unknown', 'alarm key-conflict'],
  },
  alive: {
    'newer heartbeat': ['alive'],
    'same heartbeat again': ['alive'],
    'older heartbeat': ['alive'],
    'heartbeat of a later life': restarted,
    'heartbeat of an older life': ['alive', 'inform'],
    'later life, foreign key': ['alive'],
    'older life, foreign key': ['alive'],
    'heartbeat with another name': ['alive', 'member-updated'],
    farewell: farewelled,
    'farewell older than heard': ['alive'],
    'farewell of an older life': ['alive'],
    'farewell of a later life': leftInLaterLife,
    'farewell, foreign key': ['alive'],
    accused: ['alive'],
    evidence: ['alive'],
    announced: ['alive'],
    connected: ['alive'],
    disconnected: suspected,
    tick: ['alive'],
    '1.4 s of silence': ['alive'],
    '3.2 s of silence': suspected,
    'a day of silence': suspected,
    'own stall of 10 s': ['alive'],
    restore: ['alive'],
    forget: ['unknown', 'forgotten', 'released'],
    'pin to its key': ['alive', 'life-floor'],
    'pin to another key': ['unknown', 'forgotten', 'released', 'bound'],
    'this node is turned away': ['alive', 'alarm key-conflict'],
  },
  suspect: {
    'newer heartbeat': back,
    'same heartbeat again': ['suspect'],
    'older heartbeat': ['suspect'],
    'heartbeat of a later life': restarted,
    'heartbeat of an older life': ['suspect', 'inform'],
    'later life, foreign key': ['suspect'],
    'older life, foreign key': ['suspect'],
    'heartbeat with another name': back,
    farewell: farewelled,
    'farewell older than heard': ['suspect'],
    'farewell of an older life': ['suspect'],
    'farewell of a later life': leftInLaterLife,
    'farewell, foreign key': ['suspect'],
    accused: ['suspect'],
    evidence: ['suspect'],
    announced: ['suspect'],
    connected: ['suspect'],
    disconnected: ['suspect'],
    tick: ['suspect'],
    '1.4 s of silence': ['down', 'member-changed'],
    '3.2 s of silence': ['down', 'member-changed'],
    'a day of silence': ['down', 'member-changed'],
    'own stall of 10 s': ['suspect'],
    restore: ['suspect'],
    forget: ['unknown', 'forgotten', 'released'],
    'pin to its key': ['suspect', 'life-floor'],
    'pin to another key': ['unknown', 'forgotten', 'released', 'bound'],
    'this node is turned away': ['suspect', 'alarm key-conflict'],
  },
  down: {
    'newer heartbeat': back,
    'same heartbeat again': ['down'],
    'older heartbeat': ['down'],
    'heartbeat of a later life': restarted,
    'heartbeat of an older life': ['down', 'inform'],
    'later life, foreign key': ['down', 'inform', 'alarm key-conflict'],
    'older life, foreign key': ['down', 'inform', 'alarm key-conflict'],
    'heartbeat with another name': back,
    farewell: farewelled,
    'farewell older than heard': ['down'],
    'farewell of an older life': ['down'],
    'farewell of a later life': leftInLaterLife,
    'farewell, foreign key': ['down'],
    accused: ['down'],
    evidence: ['down'],
    announced: ['down'],
    connected: ['down'],
    disconnected: ['down'],
    tick: ['down'],
    '1.4 s of silence': ['down'],
    '3.2 s of silence': ['down'],
    'a day of silence': ['unknown', 'forgotten'],
    'own stall of 10 s': ['down'],
    restore: ['down'],
    forget: ['unknown', 'forgotten', 'released'],
    'pin to its key': ['down', 'life-floor'],
    'pin to another key': ['unknown', 'forgotten', 'released', 'bound'],
    'this node is turned away': ['down', 'alarm key-conflict'],
  },
  left: {
    'newer heartbeat': ['left'],
    'same heartbeat again': ['left'],
    'older heartbeat': ['left'],
    'heartbeat of a later life': restarted,
    'heartbeat of an older life': ['left', 'inform'],
    'later life, foreign key': ['left', 'inform', 'alarm key-conflict'],
    'older life, foreign key': ['left', 'inform', 'alarm key-conflict'],
    'heartbeat with another name': ['left'],
    farewell: ['left'],
    'farewell older than heard': ['left'],
    'farewell of an older life': ['left'],
    'farewell of a later life': leftInLaterLife,
    'farewell, foreign key': ['left'],
    accused: ['left'],
    evidence: ['left'],
    announced: ['left'],
    connected: ['left'],
    disconnected: ['left'],
    tick: ['left'],
    '1.4 s of silence': ['left'],
    '3.2 s of silence': ['left'],
    'a day of silence': ['unknown', 'forgotten'],
    'own stall of 10 s': ['left'],
    restore: ['left'],
    forget: ['unknown', 'forgotten', 'released'],
    'pin to its key': ['left', 'life-floor'],
    'pin to another key': ['unknown', 'forgotten', 'released', 'bound'],
    'this node is turned away': ['left', 'alarm key-conflict'],
  },
}

const cases = Object.entries(table).flatMap(([state, row]) =>
  Object.entries(row).map(([stimulus, outcome]) => ({ state, stimulus, outcome })),
)

describe('each event meets each status', () => {
  it.each(cases)('$state, $stimulus -> $outcome', ({ state, stimulus, outcome }) => {
    const observer = new Observer()
    for (const [name, make] of Object.entries(prepare)) if (name === state) make(observer)
    observer.effects.length = 0
    for (const [name, happen] of Object.entries(stimuli)) if (name === stimulus) happen(observer)
    const effects = observer.effects.map((effect) => {
      if (effect.kind === 'alarm') return `alarm ${effect.alarm}`
      return effect.kind === 'member-changed' && effect.restarted ? 'member-changed restarted' : effect.kind
    })
    expect([observer.status(), ...effects]).toEqual(outcome)
  })
})
