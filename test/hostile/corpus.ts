import { deflateRawSync } from 'node:zlib'
import { attacks } from '../replica/hostile-update.ts'
import { routeCorpus } from './route-decoder.ts'

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'))
const plain = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))
const deflated = (bytes: Uint8Array): Uint8Array => new Uint8Array(deflateRawSync(bytes, { level: 9 }))

/** Inputs that hurt somebody once, or that are made to hurt, by decoder and name. Every one is refused. */
export const corpus: Readonly<Record<string, Readonly<Record<string, Uint8Array>>>> = {
  message: {
    empty: hex(''),
    'version only': hex('01'),
    'a newer version': hex('02 01'),
    'an unknown kind': hex('01 ff'),
    'a heartbeat cut short': hex('01 01 020000000001'),
    'an entity of zeros': hex('01 03 000000000000 00 00 00 020000000001'),
    'a list of 2^53 channels': hex('01 30 ffffffffffffff0f'),
    'a number without end': hex('01 30 ffffffffffffffffffffffff'),
    'a padded number': hex('01 30 8000'),
    'a channel name with a slash': hex('01 30 01 03 612f62'),
    'a trailing byte': hex('01 21 00'),
    'a pull of 2048 documents without any': hex('01 23 8010'),
    'a key of 4 GB': hex('01 32 03 6d7769 01 ffffffff0f'),
    ones: new Uint8Array(300).fill(255),
  },
  frame: {
    empty: hex(''),
    'no deflate': hex('ffffffff'),
    'a bomb of 64 MB': deflated(new Uint8Array(64 * 1024 * 1024)),
    'a count beyond the end': deflated(hex('ffff07')),
    'a message beyond the end': deflated(hex('01 ffff0f 00')),
    'a quarter of a million empty messages': deflated(Uint8Array.from([0xfc, 0xff, 0x0f, ...new Uint8Array(262_000)])),
    'deflate cut short': deflated(new Uint8Array(1000)).subarray(0, 5),
  },
  links: routeCorpus,
  update: Object.fromEntries(
    attacks()
      // The end is in the head, which no update knows.
      .filter(({ updates, fault }) => updates.length === 1 && fault !== 'wrong-end')
      .map(({ name, updates }) => [name, updates[0] ?? new Uint8Array(0)]),
  ),
  configuration: {
    'a disk image': Uint8Array.from({ length: 5000 }, (_, at) => (at * 7) & 255),
    'a comment without end': plain('[general]\n;-- x\n'),
    'nested comments': plain(';--'.repeat(5000)),
    brackets: plain('['.repeat(5000)),
    'one long line': plain(`[general]\ncluster = ${'x'.repeat(60_000)}`),
    'many commas': plain(`[general]\npeer = ${','.repeat(20_000)}x:y:z`),
    'names of every object': plain('[general]\n__proto__ = 1\nconstructor = 2\n'),
  },
  address: {
    slashes: plain('/'.repeat(20_000)),
    colons: plain(':'.repeat(20_000)),
    brackets: plain(`${'['.repeat(20_000)}:1`),
    'a port too large': plain('pbx:99999'),
  },
  http: {
    percent: plain('PUT /api/v1/deviceStates/%%%\n{}'),
    'half of UTF-8': plain('PUT /api/v1/deviceStates/%ff%fe?deviceState=INUSE\n'),
    'deep JSON': plain(`PUT /api/v1/deviceStates/x\n${'['.repeat(8000)}`),
    __proto__: plain('PUT /api/v1/deviceStates/x\n{"__proto__":{"deviceState":"INUSE"}}'),
    'a body too large': plain(`PUT /api/v1/deviceStates/x\n{"deviceState":"${'x'.repeat(20_000)}"}`),
    'a negative count': plain('PUT /api/v1/mailboxes/100@default?newMessages=-1&oldMessages=0\n'),
    'no peer': plain('PUT /api/v1/trust/x\n'),
    'a way out': plain('GET /api/v1/../../etc/passwd\n'),
  },
  'inside-frame': {
    'a count beyond the end': hex('ffff07'),
    'a message beyond the end': hex('01 ffff0f 00'),
    'a quarter of a million empty messages': Uint8Array.from([0xfc, 0xff, 0x0f, ...new Uint8Array(262_000)]),
    'half a megabyte': new Uint8Array(524_288),
  },
  mdns: {
    'a packet of nothing': hex(''),
    'a head alone': hex('0000 8400 0000 0001 0000 0000'),
    'a name that points at itself': hex('0000 8400 0000 0001 0000 0000 c00c 000c 0001 00000078 0002 c00c'),
    'two names that point at each other': hex('0000 8400 0000 0002 0000 0000 c00e c00c 000c 0001 00000078 0002 c00c'),
    '65,535 answers that are not there': hex('0000 8400 0000 ffff 0000 0000'),
    'a text beyond the end': hex('0000 8400 0000 0001 0000 0000 00 0010 0001 00000078 ffff ff'),
    'sixty thousand bytes of zeros': new Uint8Array(60_000),
    // Found by seed 1011270: the module's reader stands still behind such a record, and makes as many as are announced.
    '32,514 records in 49 bytes': hex(`0000 8400 0000 7f02 0000 0000 ${'00'.repeat(37)}`),
    '65,535 unknown records': hex(`0000 8400 0000 ffff 0000 0000 00 8080 8080 00000000 0000 ${'00'.repeat(30)}`),
  },
  envelope: {
    empty: hex(''),
    'a length of 4 GB': hex('ffffffff0f'),
    'a length without end': new Uint8Array(20).fill(0x80),
    '300,000 topics': Uint8Array.from([0x80, 0x80, 0x20, ...Buffer.from('0a050801120178'.repeat(75_000), 'hex')]),
    'a message beyond the end': hex('04 12ff7f00'),
  },
  sip: {
    empty: hex(''),
    'a start line without end': plain('PUBLISH sip:x '.repeat(2000)),
    'a thousand fields': plain(`PUBLISH sip:ast@127.0.0.1 SIP/2.0\r\n${'X: y\r\n'.repeat(1000)}\r\n`),
    'a field folded for ever': plain(`PUBLISH sip:ast@127.0.0.1 SIP/2.0\r\nX: y\r\n${' z\r\n'.repeat(10_000)}\r\n`),
    'two lengths': plain('PUBLISH sip:a@b SIP/2.0\r\nContent-Length: 0\r\nContent-Length: 9\r\n\r\n'),
    'a length of 10^300': plain(`PUBLISH sip:a@b SIP/2.0\r\nContent-Length: 1${'0'.repeat(300)}\r\n\r\n`),
    brackets: plain(`PUBLISH ${'<'.repeat(30_000)} SIP/2.0\r\n\r\n`),
    'quotes without end': plain(`PUBLISH sip:a@b SIP/2.0\r\nFrom: ${'"\\'.repeat(20_000)}\r\n\r\n`),
  },
  'key-file': {
    empty: hex(''),
    'a key of 63 digits': plain(`/key/swarm/psk/1.0.0/\n/base16/\n${'0'.repeat(63)}\n`),
    'white space': plain(`/key/swarm/psk/1.0.0/${' '.repeat(4000)}`),
    'heads without keys': plain('/key/swarm/psk/1.0.0/\n/base16/\n'.repeat(100)),
    'a key in another base': plain(`/key/swarm/psk/1.0.0/\n/base64/\n${'A'.repeat(43)}=\n`),
  },
  door: {
    empty: hex(''),
    'a nonce alone': new Uint8Array(24),
    'a greeting without a key': plain('\x13/multistream/1.0.0\n\x13/multistream/1.0.0\n\x07/noise\n'),
    'a greeting in another key': new Uint8Array(44),
    'a megabyte in another key': new Uint8Array(1_048_576).fill(9),
  },
  'door-dialled': {
    empty: hex(''),
    'half a nonce': new Uint8Array(12),
    'a nonce alone': new Uint8Array(24),
    'a greeting without a key': plain('\x13/multistream/1.0.0\n\x13/multistream/1.0.0\n\x07/noise\n'),
    'a megabyte in another key': new Uint8Array(1_048_576).fill(9),
  },
  'noise-payload': {
    empty: hex(''),
    'a field of 4 GB': hex('0a ffffffff0f'),
    'a number without end': hex('0a ffffffffffffffffffffff'),
    'a key of no kind': hex('0a04 08ff 1200 1200'),
    'ten thousand marks': Uint8Array.from(Buffer.from(`22a09c01${'0a00'.repeat(10_000)}`, 'hex')),
    // The kind of key that takes longest to check, as large as a handshake may be: a modulus of half a million bits.
    'a giant key': Uint8Array.from([...hex('0a 88f403 0800 12 83f403'), ...new Uint8Array(64_003).fill(0x31)]),
  },
  question: {
    empty: hex(''),
    'a length of 256 MB': hex('ffffff7f'),
    'a length without end': new Uint8Array(20).fill(0x80),
    'half a question': hex('c801 01'),
    'an empty question': hex('00'),
    'a question of zeros': Uint8Array.from([...hex('80 8010'), ...new Uint8Array(262_144)]),
  },
  answer: {
    empty: hex(''),
    'an end alone of another kind': hex('01 02'),
    'no end': hex('02 0001'),
    'a block without a mark': hex('02 0501 01 01'),
    'a block of nothing': hex('00 01 01'),
    'a block of 256 MB': hex('ffffff7f'),
    'a length without end': new Uint8Array(20).fill(0x80),
    'ten thousand blocks with nothing in them': Uint8Array.from(Buffer.from('0100'.repeat(10_000), 'hex')),
  },
}
