import { describe, expect, test } from 'vitest'
import { parseMessage } from '../../../src/asterisk/sip/parse.ts'
import { StreamReader } from '../../../src/asterisk/sip/stream-reader.ts'

/**
 * The messages of RFC 4475 that concern an element that serves and sends requests outside dialogs, after that document. Those that test
 * registrars, proxies, offers or URIs that would be dialled have nothing to do here.
 */
const wellFormed = [
  'Via: SIP/2.0/UDP host.example.net:5060;branch=z9hG4bKkdjuw',
  'Max-Forwards: 70',
  'From: sip:caller@example.net;tag=3413an89KU',
  'To: sip:user@example.com',
  'Call-ID: torture.4475@example.net',
  'CSeq: 8 OPTIONS',
]
const message = (start: string, lines: readonly string[], body = ''): string =>
  `${[start, ...lines].join('\r\n')}\r\n\r\n${body}`
const options = (
  difference: Readonly<Record<string, string | undefined>>,
  start = 'OPTIONS sip:user@example.com SIP/2.0',
): string => {
  const lines = wellFormed.flatMap((line) => {
    const name = line.split(':', 1)[0] ?? ''
    if (!(name in difference)) return [line]
    const other = difference[name]
    return other === undefined ? [] : [other]
  })
  return message(start, [
    ...lines,
    ...(difference['more'] === undefined ? [] : [difference['more']]),
    'Content-Length: 0',
  ])
}
const read = (text: string): ReturnType<typeof parseMessage> => parseMessage(Buffer.from(text), 'udp')

/** 3.1.1.1, abridged to what is not about sessions: folding, odd case, blanks before colons, compact names, unknown fields. */
const tortuous = message('INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0', [
  'TO :',
  ' sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n',
  'from   : "J Rosenberg \\\\\\""       <sip:jdrosen@example.com>',
  '  ;',
  '  tag = 98asjd8',
  'MaX-fOrWaRdS: 0068',
  'Call-ID: wsinv.ndaksdj@192.0.2.1',
  'Content-Length   : 0',
  'cseq: 0009',
  '  INVITE',
  'Via  : SIP  /   2.0',
  ' /UDP',
  '    192.0.2.2;branch=390skdjuw',
  's :',
  'NewFangledHeader:   newfangled value',
  ' continued newfangled value',
  'UnknownHeaderWithUnusualValue: ;;,,;;,;',
  'Route:',
  ' <sip:services.example.com;lr;unknownwith=value;unknown-no-value>',
  'v:  SIP  / 2.0  / TCP     spindle.example.com   ;',
  '  branch  =   z9hG4bK9ikj8  ,',
  ' SIP  /    2.0   / UDP  192.168.255.111   ; branch=',
  ' z9hG4bK30239',
  'm:"Quoted string \\"\\"" <sip:jdrosen@example.com> ; newparam =',
  '      newvalue ;',
  '  secondparam ; q = 0.33',
])

describe('torture messages of RFC 4475 that are valid', () => {
  test.each([
    ['3.1.1.1 a short tortuous INVITE', tortuous],
    [
      '3.1.1.2 a wide range of valid characters',
      options(
        { CSeq: "CSeq: 139122385 !interesting-Method0123456789_*+`.%indeed'~" },
        "!interesting-Method0123456789_*+`.%indeed'~ sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0",
      ),
    ],
    ['3.1.1.3 escaped characters in URIs', options({ To: 'To: sip:%75se%72@example.com' })],
    ['3.1.1.4 escaped nulls in URIs', options({ To: 'To: sip:null-%00-null@example.com' })],
    [
      '3.1.1.6 a message with no blank between display name and <',
      options({ To: 'To: "Caller"<sip:caller@example.com>' }),
    ],
    [
      '3.1.1.9 semicolon-separated parameters in the user part',
      options({}, 'OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0'),
    ],
    ['3.1.1.10 various transports', options({ Via: 'Via: SIP/2.0/SCTP t2.example.com;branch=z9hG4bKkdjuw' })],
    [
      '3.1.1.12 an unusual reason phrase',
      message('SIP/2.0 200 = 2**3 * 5**2 \u043d\u043e', [...wellFormed, 'Content-Length: 0']),
    ],
    ['3.1.1.13 an empty reason phrase', message('SIP/2.0 100 ', [...wellFormed, 'Content-Length: 0'])],
    ['3.2.1 a missing transaction identifier', options({ Via: 'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK' })],
    ['3.3.3 a request URI of an unknown scheme', options({}, 'OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0')],
    ['3.3.11 Max-Forwards of zero', options({ 'Max-Forwards': 'Max-Forwards: 0' })],
    [
      '3.4.1 a request of RFC 2543, without branch and tag',
      options({
        Via: 'Via: SIP/2.0/UDP iftgw.example.com',
        From: 'From: <sip:+13035551111@ift.client.example.net;user=phone>',
        'Max-Forwards': undefined,
      }),
    ],
  ])('%s', (_name, text) => {
    expect(read(text)).toMatchObject({ ok: true })
  })

  test('3.1.1.8 extra bytes behind a datagram are no second request', () => {
    const reading = read(`${options({})}${options({})}`)
    expect(reading).toMatchObject({ ok: true, bytes: options({}).length })
  })

  test('3.1.1.8 in a stream they are', () => {
    const { messages } = new StreamReader().take(Buffer.from(`${options({})}${options({})}`))
    expect(messages).toHaveLength(2)
  })
})

describe('torture messages of RFC 4475 that are not', () => {
  test.each([
    ['3.1.2.1 extraneous separators', options({ Via: 'Via: ;;SIP/2.0/UDP 192.0.2.15' }), 'via-malformed', undefined],
    [
      '3.1.2.2 a Content-Length larger than the message',
      options({}).replace('Length: 0', 'Length: 9999'),
      'body-truncated',
      400,
    ],
    [
      '3.1.2.3 a negative Content-Length',
      options({}).replace('Length: 0', 'Length: -999'),
      'content-length-malformed',
      400,
    ],
    [
      '3.1.2.4 overlarge values of scalar fields',
      options({ CSeq: 'CSeq: 36893488147419103232 OPTIONS' }),
      'cseq-malformed',
      400,
    ],
    [
      '3.1.2.4 an overlarge Max-Forwards',
      options({ 'Max-Forwards': 'Max-Forwards: 300' }),
      'max-forwards-malformed',
      400,
    ],
    [
      '3.1.2.6 an unterminated quoted string',
      options({ To: 'To: "Mr. J. User <sip:j.user@example.com>' }),
      'to-malformed',
      400,
    ],
    [
      '3.1.2.7 <> around the request URI',
      options({}, 'OPTIONS <sip:user@example.com> SIP/2.0'),
      'request-uri-malformed',
      400,
    ],
    [
      '3.1.2.8 blanks within the request URI',
      options({}, 'OPTIONS sip:user@example.com; lr SIP/2.0'),
      'request-line-malformed',
      undefined,
    ],
    [
      '3.1.2.9 several blanks in the request line',
      options({}, 'OPTIONS  sip:user@example.com  SIP/2.0'),
      'request-line-malformed',
      undefined,
    ],
    [
      '3.1.2.10 a blank at the end of the request line',
      options({}, 'OPTIONS sip:user@example.com SIP/2.0  '),
      'request-line-malformed',
      undefined,
    ],
    [
      '3.1.2.15 an unquoted display name with a comma',
      options({ To: 'To: Bell, Alexander <sip:a.g.bell@example.com>' }),
      'to-malformed',
      400,
    ],
    [
      '3.1.2.16 an unknown protocol version',
      options({}, 'OPTIONS sip:t.watson@example.org SIP/7.0'),
      'version-not-supported',
      505,
    ],
    ['3.1.2.17 a method that is not the one of CSeq', options({ CSeq: 'CSeq: 8 INVITE' }), 'method-mismatch', 400],
    [
      '3.1.2.18 an unknown one that is not',
      options({ CSeq: 'CSeq: 8 INVITE' }, 'NEWMETHOD sip:user@example.com SIP/2.0'),
      'method-mismatch',
      400,
    ],
    [
      '3.1.2.19 an overlarge status code',
      message('SIP/2.0 4294967301 better not break', wellFormed),
      'status-line-malformed',
      undefined,
    ],
    [
      '3.3.1 missing fields',
      message('OPTIONS sip:user@example.com SIP/2.0', [
        'CSeq: 193942 OPTIONS',
        'Via: SIP/2.0/UDP 192.0.2.95;branch=z9hG4bKkdj.insuf',
      ]),
      'from-missing',
      undefined,
    ],
    [
      '3.3.8 several values in single-value fields',
      options({ CSeq: 'CSeq: 5 OPTIONS\r\nCSeq: 59 OPTIONS' }),
      'cseq-twice',
      400,
    ],
    ['3.3.9 several Content-Length', options({ more: 'Content-Length: 4' }), 'content-length-twice', 400],
  ])('%s', (_name, text, reason, status) => {
    expect(read(text)).toMatchObject({ ok: false, reason, ...(status === undefined ? {} : { status }) })
    if (status === undefined) expect(read(text)).not.toHaveProperty('request')
  })
})
