import { placeText } from './sip/endpoint.ts'
import { expirationS, type BridgeSettings } from './settings.ts'

/**
 * The block of pjsip.conf that makes the local Asterisk exchange its states with this node: the same on every server with the same
 * settings, since Asterisk talks with its own node only.
 */
export function pjsipConf(settings: BridgeSettings): string {
  const { name, sipListen, transport, credentials, devicesIn, devicesOut, mailboxesIn, mailboxesOut } = settings
  const isTcp = transport === 'tcp'
  // Asterisk opens no stream from a fixed port, so the address has to do there.
  const match = isTcp ? sipListen.host : placeText(sipListen)
  const serverUri = `sip:${name}@${placeText(sipListen)}${isTcp ? '\\;transport=tcp' : ''}`
  const section = (title: string, type: string, lines: readonly string[]): string =>
    [`[${title}]`, `type=${type}`, ...lines].join('\n')
  const filter = (option: string, pattern: string | undefined): string[] =>
    pattern === undefined ? [] : [`${option}=${pattern.replaceAll(';', '\\;')}`]
  const outbound = (event: string): string[] => [
    `server_uri=${serverUri}`,
    `event=${event}`,
    `expiration=${expirationS}`,
  ]
  return [
    `; Made by "lampfield asterisk config". Load res_pjsip_publish_asterisk.so, and "module reload res_pjsip.so".`,
    section(name, 'endpoint', ['identify_by=ip', ...(credentials === undefined ? [] : [`auth=${name}-auth`])]),
    section(`${name}-identify`, 'identify', [`endpoint=${name}`, `match=${match}`]),
    ...(credentials === undefined
      ? []
      : [
          section(`${name}-auth`, 'auth', [
            'auth_type=userpass',
            `username=${credentials.username}`,
            `password=${credentials.password.replaceAll(';', '\\;')}`,
          ]),
        ]),
    section(`${name}-devicestate`, 'outbound-publish', [
      ...outbound('asterisk-devicestate'),
      ...filter('@device_state_filter', devicesIn),
    ]),
    section(`${name}-mwi`, 'outbound-publish', [
      ...outbound('asterisk-mwi'),
      ...filter('@mailbox_state_filter', mailboxesIn),
    ]),
    section(name, 'inbound-publication', [
      `endpoint=${name}`,
      `event_asterisk-devicestate=${name}`,
      `event_asterisk-mwi=${name}`,
    ]),
    section(name, 'asterisk-publication', [
      `devicestate_publish=${name}-devicestate`,
      `mailboxstate_publish=${name}-mwi`,
      'device_state=yes',
      'mailbox_state=yes',
      ...filter('device_state_filter', devicesOut),
      ...filter('mailbox_state_filter', mailboxesOut),
    ]),
  ].join('\n\n')
}
