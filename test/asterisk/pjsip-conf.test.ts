import { expect, test } from 'vitest'
import { pjsipConf } from '../../src/asterisk/pjsip-conf.ts'
import { usualSettings } from './site.ts'

test('the block of the defaults, exactly', () => {
  expect(pjsipConf(usualSettings).split('\n').slice(2).join('\n')).toBe(`[lampfield]
type=endpoint
identify_by=ip

[lampfield-identify]
type=identify
endpoint=lampfield
match=127.0.0.1:5070

[lampfield-devicestate]
type=outbound-publish
server_uri=sip:lampfield@127.0.0.1:5070
event=asterisk-devicestate
expiration=60

[lampfield-mwi]
type=outbound-publish
server_uri=sip:lampfield@127.0.0.1:5070
event=asterisk-mwi
expiration=60

[lampfield]
type=inbound-publication
endpoint=lampfield
event_asterisk-devicestate=lampfield
event_asterisk-mwi=lampfield

[lampfield]
type=asterisk-publication
devicestate_publish=lampfield-devicestate
mailboxstate_publish=lampfield-mwi
device_state=yes
mailbox_state=yes`)
})

test('over TCP Asterisk is matched by address alone, and told the transport behind an escaped semicolon', () => {
  const text = pjsipConf({ ...usualSettings, transport: 'tcp' })
  expect(text).toContain('\nmatch=127.0.0.1\n')
  expect(text).toContain('\nserver_uri=sip:lampfield@127.0.0.1:5070\\;transport=tcp\n')
})

test('filters stand where Asterisk has them, and credentials make it ask for them', () => {
  const text = pjsipConf({
    ...usualSettings,
    name: 'lf',
    credentials: { username: 'u', password: 'p;1' },
    devicesIn: '^PJSIP/',
    devicesOut: '^Custom:',
    mailboxesIn: '@a;b$',
    mailboxesOut: '@b$',
  })
  expect(text).toContain('[lf]\ntype=endpoint\nidentify_by=ip\nauth=lf-auth\n')
  expect(text).toContain('[lf-auth]\ntype=auth\nauth_type=userpass\nusername=u\npassword=p\\;1\n')
  expect(text).toContain('event=asterisk-devicestate\nexpiration=60\n@device_state_filter=^PJSIP/\n')
  expect(text).toContain('event=asterisk-mwi\nexpiration=60\n@mailbox_state_filter=@a\\;b$\n')
  expect(text).toContain('\ndevice_state_filter=^Custom:\nmailbox_state_filter=@b$')
})
