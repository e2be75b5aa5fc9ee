import { expect, test } from 'vitest'
import { answerChallenge } from '../../../src/asterisk/sip/digest.ts'

const credentials = { username: 'Mufasa', password: 'Circle of Life' }
const cnonce = 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ'

test('the examples of RFC 7616, section 3.9.1, with MD5 and SHA-256', () => {
  const challenge = (algorithm: string): string =>
    `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`
  const request = { method: 'GET', uri: '/dir/index.html', credentials, cnonce }
  expect(answerChallenge(challenge('MD5'), request)).toContain('response="8ca523f5e9506fed4657c9700eebdbec"')
  const answer = answerChallenge(challenge('SHA-256'), request)
  expect(answer).toContain('response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"')
  expect(answer).toContain('qop=auth, nc=00000001')
  expect(answer).toContain('opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"')
})

test('a challenge without qop, as of RFC 2069', () => {
  const answer = answerChallenge('Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"', {
    method: 'GET',
    uri: '/dir/index.html',
    credentials,
    cnonce,
  })
  // MD5(MD5(Mufasa:testrealm@host.com:Circle of Life):nonce:MD5(GET:/dir/index.html)).
  expect(answer).toMatch(/response="[0-9a-f]{32}"/)
  expect(answer).not.toContain('qop')
})

test.each([
  ['Basic realm="x"'],
  ['Digest realm="x"'],
  ['Digest nonce="x"'],
  ['Digest realm="x", nonce="y", algorithm=MD5-sess'],
  ['Digest realm="x", nonce="y", qop="auth-int"'],
  [''],
])('%j cannot be answered', (challenge) => {
  expect(answerChallenge(challenge, { method: 'PUBLISH', uri: 'sip:a', credentials, cnonce })).toBeUndefined()
})
