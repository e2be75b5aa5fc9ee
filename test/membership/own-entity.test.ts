import { describe, expect, it } from 'vitest'
import type { MembershipEvent } from '../../src/membership/event.ts'
import type { Life } from '../../src/state/version.ts'
import { heartbeat, key, life, me, Observer, peer, word } from './observer.ts'

/** A word of the observer's own entity. */
const own = (inLife: Life, sequence = 1, keyNumber = 1): MembershipEvent =>
  heartbeat({ entity: me, key: keyNumber, life: inLife, sequence })

const evidence = (inLife: Life, keyNumber = 1, sequence = 1): MembershipEvent => ({
  kind: 'evidence',
  evidence: {
    announcement: word({ entity: me, publicKey: key(keyNumber), life: inLife, sequence }),
    signature: new Uint8Array(64),
  },
  from: peer(9),
})

const accused: MembershipEvent = { kind: 'accused', entity: me, life: life(100), sequence: 1, by: me }

function announce(observer: Observer, inLife: Life, sequence: number): void {
  observer.tell({ kind: 'announced', life: inLife, sequence, toAll: true })
}

describe('the own echo', () => {
  it('is nothing, of this life or the one before', () => {
    const observer = new Observer()
    announce(observer, life(100), 1)
    announce(observer, life(100), 2)
    observer.tell(own(life(100), 1))
    observer.tell(own(life(100), 2))
    expect(observer.effects).toEqual([])
    announce(observer, life(101), 1)
    observer.tell(own(life(100), 2))
    expect(observer.ofKind('alarm')).toEqual([])
  })
})

describe('another process with a key that is in use', () => {
  const sentences = (observer: Observer): string[] => observer.ofKind('alarm').map(({ sentence }) => sentence)

  it('is an alarm at once, about this node or about the member whose key it is', () => {
    const observer = new Observer()
    observer.tell(heartbeat())
    observer.tell({ kind: 'twin', peer: peer(1) })
    observer.tell({ kind: 'twin', peer: peer(2) })
    observer.tell({ kind: 'twin', peer: peer(3) })
    expect(sentences(observer)).toEqual([
      expect.stringContaining(`this node's entity ID ${me} and its key: a copy of its data directory`),
      expect.stringContaining(`the entity ID ${word().entity} and the same key (peer ${peer(2)})`),
    ])
  })

  it('is an alarm that stands while both are met, and half a minute longer', () => {
    const observer = new Observer()
    for (let seconds = 0; seconds < 60; seconds += 5) {
      observer.tell({ kind: 'twin', peer: peer(1) })
      observer.run(5000)
    }
    expect(observer.ofKind('alarm-cleared')).toEqual([])
    observer.run(30_000)
    expect(observer.ofKind('alarm-cleared')).toEqual([{ kind: 'alarm-cleared', alarm: 'cloned-entity', entity: me }])
  })
})

describe('an accusation of this node', () => {
  it('is refuted at once, and then at most every 100 ms', () => {
    const observer = new Observer()
    for (let at = 0; at < 50; at += 1) {
      observer.tell(accused)
      observer.run(10)
    }
    const refuted = observer.ofKind('refute').length
    expect(refuted).toBe(6)
  })

  it('is still to be refuted after a greeting that went to one peer only', () => {
    const observer = new Observer()
    observer.tell(accused)
    observer.run(20)
    observer.tell(accused)
    observer.tell({ kind: 'announced', life: life(100), sequence: 2, toAll: false })
    observer.run(200)
    expect(observer.ofKind('refute')).toHaveLength(2)
  })

  it('is not refuted twice when a heartbeat went out since', () => {
    const observer = new Observer()
    observer.tell(accused)
    observer.tell(accused)
    announce(observer, life(100), 2)
    observer.run(1000)
    expect(observer.ofKind('refute')).toHaveLength(1)
  })

  it('of another is none of its business', () => {
    const observer = new Observer()
    observer.tell(heartbeat())
    observer.effects.length = 0
    observer.tell({ ...accused, entity: word().entity })
    expect(observer.effects).toEqual([])
  })
})

describe('a later life of this entity', () => {
  it('with the own key is taken above, once', () => {
    const observer = new Observer()
    observer.tell(own(life(200)))
    observer.tell(own(life(200), 2))
    observer.tell(own(life(150), 3))
    expect(observer.effects).toEqual([{ kind: 'take-next-life', above: life(200) }])
  })

  it('is asked for again where it is not taken', () => {
    const observer = new Observer()
    observer.tell(own(life(200)))
    observer.run(5000)
    observer.tell(own(life(200), 2))
    expect(observer.ofKind('take-next-life')).toHaveLength(2)
    expect(observer.ofKind('alarm')).toEqual([])
  })

  it('again and again is a clone: no third life within 30 s, but one when it is over', () => {
    const observer = new Observer()
    for (const incarnation of [200, 300, 400, 500]) {
      observer.tell(own(life(incarnation)))
      announce(observer, life(Math.min(incarnation + 1, 301)), 1)
      observer.run(1000)
    }
    expect(observer.ofKind('take-next-life').map((take) => take.above)).toEqual([life(200), life(300)])
    expect(observer.ofKind('alarm')).toMatchObject([{ alarm: 'cloned-entity', entity: me, peers: [peer(1)] }])
    observer.run(30_000)
    expect(observer.kinds().slice(-2)).toEqual(['alarm-cleared', 'take-next-life'])
    expect(observer.ofKind('take-next-life').at(-1)?.above).toEqual(life(500))
  })

  it('that never ends is not raced against', () => {
    const observer = new Observer()
    for (let turn = 0; turn < 120; turn += 1) {
      observer.tell(own(life(200 + turn * 10)))
      observer.tell(evidence(life(200 + turn * 10)))
      const took = observer.ofKind('take-next-life').at(-1)
      if (took !== undefined) announce(observer, life(took.above.incarnation + 1), turn + 1)
      observer.run(1000)
    }
    expect(observer.ofKind('take-next-life')).toHaveLength(2)
    expect(observer.ofKind('alarm-cleared')).toEqual([])
  })

  it('that is only repeated to this node does not hold it down', () => {
    const observer = new Observer()
    for (const incarnation of [200, 300, 400]) {
      observer.tell(own(life(incarnation), 5))
      announce(observer, life(Math.min(incarnation + 1, 301)), 1)
    }
    expect(observer.view.own.givenUpMs).toBeDefined()
    for (let turn = 0; turn < 40; turn += 1) {
      observer.tell(own(life(400), 5))
      observer.tell(evidence(life(400)))
      observer.run(1000)
    }
    expect(observer.ofKind('take-next-life').at(-1)?.above).toEqual(life(400))
  })

  it('is taken, too, where a peer shows a word of this life that is still to come', () => {
    const observer = new Observer()
    announce(observer, life(100), 7)
    observer.tell(evidence(life(100), 1, 7))
    observer.tell(evidence(life(100), 5, 8))
    expect(observer.effects).toEqual([])
    observer.tell(evidence(life(100), 1, 8))
    observer.tell(evidence(life(100), 1, 9))
    expect(observer.effects).toEqual([{ kind: 'take-next-life', above: life(100) }])
  })

  it('shown as evidence is taken above, with whatever key, but for the highest of foreign ones', () => {
    const observer = new Observer()
    observer.tell(evidence(life(200)))
    announce(observer, life(201), 1)
    observer.tell(evidence(life(300), 5))
    announce(observer, life(301), 1)
    expect(observer.ofKind('take-next-life').map((take) => take.above)).toEqual([life(200), life(300)])
    observer.run(31_000)
    observer.tell(evidence(life(2 ** 48), 5))
    observer.tell(evidence(life(50)))
    expect(observer.ofKind('take-next-life')).toHaveLength(2)
    expect(observer.ofKind('alarm')).toEqual([])
  })
})

describe('evidence under a foreign key', () => {
  it('cannot make this node climb without end, nor raise an alarm', () => {
    const observer = new Observer()
    for (let incarnation = 200; incarnation < 260; incarnation += 1) {
      observer.tell(evidence(life(incarnation), 5))
      announce(observer, life(incarnation + 1), 1)
      observer.run(1000)
    }
    expect(observer.ofKind('take-next-life').length).toBeLessThanOrEqual(4)
    expect(observer.ofKind('alarm')).toEqual([])
  })
})

describe('somebody else with this entity ID', () => {
  it('and another key is an alarm when it goes on', () => {
    const observer = new Observer()
    for (let sequence = 1; sequence <= 3; sequence += 1) {
      announce(observer, life(100), sequence)
      observer.tell(own(life(1), sequence, 3))
      observer.run(1000)
    }
    expect(observer.effects).toMatchObject([{ kind: 'alarm', alarm: 'cloned-entity', peers: [peer(1), peer(3)] }])
  })

  it('and another key is none when all its words come in one moment: it said them itself, before it lost its key', () => {
    const observer = new Observer()
    announce(observer, life(100), 1)
    for (let sequence = 1; sequence <= 5; sequence += 1) observer.tell(own(life(1), sequence, 3))
    for (let sequence = 2; sequence <= 5; sequence += 1) {
      announce(observer, life(100), sequence)
      observer.run(1000)
    }
    expect(observer.effects).toEqual([])
  })

  it('in this very life is an alarm at once', () => {
    const observer = new Observer()
    announce(observer, life(100), 5)
    observer.tell(own(life(100), 6))
    expect(observer.kinds()).toEqual(['alarm', 'take-next-life', 'refute'])
  })

  it('in an older life with the same key is told, and is an alarm when it goes on', () => {
    const observer = new Observer()
    for (let sequence = 1; sequence <= 5; sequence += 1) {
      announce(observer, life(100), sequence)
      observer.tell(own(life(99), sequence))
      observer.run(1000)
    }
    expect(observer.ofKind('inform')[0]).toMatchObject({ entity: me, peer: peer(1), via: peer(9), life: life(100) })
    expect(observer.ofKind('alarm')).toHaveLength(1)
  })
})
