import { deflateRawSync, inflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { readConf } from '../../src/config/conf-file.ts'
import { resolveSettings } from '../../src/config/settings.ts'
import { controlApp } from '../../src/control/app.ts'
import { hostOf, parseStaticPeer } from '../../src/network/address.ts'
import { packFrames, unpackFrame } from '../../src/node/frame-packing.ts'
import { decodeMessage } from '../../src/protocol/decode.ts'
import { encodeMessage } from '../../src/protocol/encode.ts'
import { EntityDocument } from '../../src/replica/entity-document.ts'
import { checkRun } from '../../src/replica/update-check.ts'
import { Failure } from '../../src/runtime/failure.ts'
import { parseDeviceState } from '../../src/state/device-state.ts'
import { parseMailbox } from '../../src/state/mailbox.ts'
import { publicKeyOf } from '../../src/state/peer-id.ts'
import { EventHub } from '../../src/control/event-hub.ts'
import { Metrics } from '../../src/control/metrics.ts'
import { silentLog } from '../../src/runtime/log.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import { FakeNode } from '../control/fake-node.ts'
import { arbitraryMessage } from '../protocol/arbitrary-message.ts'
import { linkDecoders } from './link-decoders.ts'
import { outerDecoders } from './outer-decoders.ts'
import { routeDecoder } from './route-decoder.ts'
import { item, standingClock, standingUpdate, update } from '../replica/hostile-update.ts'
import { channel, entity, limits, value } from '../replica/setup.ts'

/** Something that reads what strangers wrote. */
export interface Decoder {
  readonly name: string
  /** What it takes, to be damaged. */
  readonly samples: readonly Uint8Array[]
  /** Whether it took the bytes. Anything thrown is a fault, as is anything of it that stays. */
  readonly take: (bytes: Uint8Array) => boolean | Promise<boolean>
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()
const messages = fc.sample(arbitraryMessage, { numRuns: 200, seed: 1 })

function standingDocument(): EntityDocument {
  const document = new EntityDocument({ entity: entity(1), channel, shard: 0 }, { incarnation: 1, nonce: 1 }, 1)
  const updates = [standingUpdate()]
  const run = checkRun(document, updates, standingClock, limits)
  if (typeof run === 'string') throw new Error(run)
  document.take(run, document.prospect(run.standings))
  return document
}

function updateDecoder(): Decoder {
  const ground = standingDocument()
  const before = Buffer.from(ground.stateHash).toString('hex')
  return {
    name: 'update',
    samples: [
      update(standingClock, item.follow(2, value(9))),
      update(standingClock, item.introduce('k', value(9))),
      update(standingClock, item.follow(2, value(9)), item.introduce('k', value(1))),
      update(standingClock, item.deleteAfter(2, 1), item.follow(standingClock, value(7))),
    ],
    take(bytes) {
      const ends = [standingClock + 1, standingClock + 2, standingClock + 200]
      const taken = ends.some((end) => typeof checkRun(ground, [bytes], end, limits) !== 'string')
      if (Buffer.from(ground.stateHash).toString('hex') !== before) throw new Error('the check changed the document')
      return taken
    },
  }
}

const confText = `[general]
cluster = office ; a comment
peer = pbx2:4001, 192.0.2.7:4001
http = 127.0.0.1:8088
[hints]
hint = 1234@default, PJSIP/alice&Custom:x
[mwi]
type = event_channel
publish_event = mwi
`

function confDecoder(): Decoder {
  return {
    name: 'configuration',
    samples: [Buffer.from(confText), Buffer.from(confText.replaceAll('\n', '\r\n'))],
    take(bytes) {
      const file = readConf('lampfield.conf', text(bytes))
      const machine = { home: '/root', hostName: 'pbx', workingDirectory: '/' }
      return file.ok && resolveSettings({ flags: {}, env: {}, file: file.value }, machine).ok
    },
  }
}

/** What mDNS records and other nodes' announcements have in them. */
const addressDecoder: Decoder = {
  name: 'address',
  samples: ['pbx2:4001', '/ip4/192.0.2.7/tcp/4001', '[2001:db8::1]:4001', '/dns4/pbx.example/tcp/1'].map((sample) =>
    Buffer.from(sample),
  ),
  take(bytes) {
    hostOf(text(bytes))
    const isPeer = publicKeyOf(text(bytes)) !== undefined
    const isName = parseDeviceState(text(bytes)).ok || parseMailbox(text(bytes)).ok
    try {
      return parseStaticPeer(text(bytes)) !== undefined || isPeer || isName
    } catch (error) {
      if (Failure.is(error)) return false
      throw error
    }
  },
}

/** Requests to the control interface: the first line is the method and the path, the rest is the body. */
function httpDecoder(): Decoder {
  const node = new FakeNode()
  // No timer of the machine: nothing is to keep the process when the last case is done.
  const clock = new VirtualClock()
  const hub = new EventHub(node, clock)
  const app = controlApp({
    node,
    hub,
    metrics: new Metrics({
      node,
      clock,
      version: '0.0.1',
      stats: () => node.stats(),
      signal: AbortSignal.abort(),
    }),
    log: silentLog,
    version: '0.0.1',
    identity: () => ({}) as never,
    settings: () => [],
    hints: () => [],
    logControl: { level: 'info' },
    refused: () => {},
    counts: () => ({}),
  })
  const requests = [
    'PUT /api/v1/deviceStates/Custom:x\n{"deviceState":"INUSE"}',
    'PUT /api/v1/mailboxes/100@default?newMessages=1\n{"oldMessages":3}',
    'GET /api/v1/explain/Custom%3Ax?channel=mwi\n',
    'PUT /api/v1/trust/02:00:00:00:00:0b?peer=12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp\n',
    'GET /api/v1/stats\n',
  ]
  const methods = ['GET', 'PUT', 'DELETE', 'POST'] as const
  return {
    name: 'http',
    samples: requests.map((request) => Buffer.from(request)),
    async take(bytes) {
      const [line = '', ...body] = text(bytes).split('\n')
      const method = methods.find((known) => line.startsWith(known)) ?? 'GET'
      // What no client can write into a request line does not come this far, and `inject` takes a backslash for the slash before a host.
      const url = `/${line
        .replace(/^[^/]*\/?/, '')
        .replaceAll(/[^!-~]/g, '%00')
        .replaceAll('\\', '%5C')}`
      if (url.includes('/events')) return false
      for (const values of node.values.values()) if (values.size > 1000) values.clear()
      const payload = body.join('\n')
      const headers = payload === '' ? {} : { 'content-type': 'application/json' }
      const answer = await app.inject({
        method,
        url,
        payload,
        headers,
      })
      if (answer.statusCode >= 500) throw new Error(`${method} ${url} gave ${answer.statusCode}: ${answer.body}`)
      return answer.statusCode < 300
    },
  }
}

/** All decoders, in the order in which they are tried. */
export async function decoders(): Promise<Decoder[]> {
  return [
    {
      name: 'message',
      samples: messages.map(encodeMessage),
      take: (bytes) => decodeMessage(bytes).ok,
    },
    {
      name: 'frame',
      samples: Array.from({ length: 40 }, (_, at) =>
        [...packFrames(messages.slice(5 * at, 5 * at + 5))].slice(0, 1),
      ).flat(),
      take: (bytes) => unpackFrame(bytes).every(({ ok }) => ok),
    },
    {
      // Damage to a deflated frame seldom leaves anything that can be inflated: here it is done inside.
      name: 'inside-frame',
      samples: Array.from({ length: 40 }, (_, at) =>
        [...packFrames(messages.slice(5 * at, 5 * at + 5))]
          .slice(0, 1)
          .map((frame) => new Uint8Array(inflateRawSync(frame))),
      ).flat(),
      take: (bytes) => unpackFrame(new Uint8Array(deflateRawSync(bytes, { level: 1 }))).every(({ ok }) => ok),
    },
    routeDecoder(),
    updateDecoder(),
    confDecoder(),
    addressDecoder,
    httpDecoder(),
    ...outerDecoders(),
    ...(await linkDecoders(messages.slice(0, 40))),
  ]
}
