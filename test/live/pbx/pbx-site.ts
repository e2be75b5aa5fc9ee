import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pjsipConf } from '../../../src/asterisk/pjsip-conf.ts'
import type { LiveCluster } from '../../support/live-cluster.ts'
import type { NodeProcess } from '../../support/processes.ts'
import { usualSettings } from '../../asterisk/site.ts'
import { AsteriskServer, readmeLines } from './asterisk-server.ts'

/** The mark of devices that two Asterisk exchange directly, and of those that go through the nodes. */
export const directMark = 'Custom:direct-'
export const nodeMark = 'Custom:node-'

/** A server: a real Asterisk and a node. */
export interface PbxSite {
  readonly pbx: AsteriskServer
  readonly node: NodeProcess
}

/** What makes two Asterisk exchange devices with the mark `direct` between them, without any node. */
function directTrunk(self: number, other: number): string {
  return `[d${other}]
type=endpoint
identify_by=ip
[d${other}-identify]
type=identify
endpoint=d${other}
match=10.77.0.${other}
[d${other}-dev]
type=outbound-publish
server_uri=sip:d${self}@10.77.0.${other}
event=asterisk-devicestate
expiration=60
@device_state_filter=^${directMark}
[d${other}]
type=inbound-publication
endpoint=d${other}
event_asterisk-devicestate=d${other}
[d${other}]
type=asterisk-publication
devicestate_publish=d${other}-dev
device_state=yes
device_state_filter=^${directMark}`
}

/**
 * One more server, on the last host: as one finds it before the README was read. Asterisk runs, the node does not; its configuration is the
 * README's block for it.
 */
export async function freshSite(cluster: LiveCluster, hints: readonly string[]): Promise<PbxSite> {
  const host = cluster.lan.hosts.at(-1)
  if (host === undefined) throw new Error('there is no host')
  const directory = join(cluster.processes.directory, `asterisk-${host.number}`)
  mkdirSync(directory)
  const conf = join(directory, 'lampfield.conf')
  const lines = readmeLines('ini').join('\n')
  writeFileSync(conf, /^\[asterisk\]\n[^[]*/m.exec(lines)?.[0] ?? '')
  const pbx = new AsteriskServer({ host, directory, eid: `02:00:00:00:00:0${host.number}`, hints })
  await pbx.start()
  return { pbx, node: cluster.add(host, ['--config', conf]) }
}

/** Three servers on a network, all running; server 1 and 2 also exchange some devices directly. */
export async function pbxSites(cluster: LiveCluster, hints: readonly string[]): Promise<PbxSite[]> {
  // The same in Asterisk's dialect of regular expressions and in ours: everything but the devices that are exchanged directly.
  const devicesIn = '^Custom:[^d]'
  const block = pjsipConf({ ...usualSettings, devicesIn })
  const sites = cluster.lan.hosts.slice(0, 3).map((host): PbxSite => {
    const eid = `02:00:00:00:00:0${host.number}`
    const directory = join(cluster.processes.directory, `asterisk-${host.number}`)
    mkdirSync(directory)
    const conf = join(directory, 'lampfield.conf')
    writeFileSync(conf, `[asterisk]\nmode = bridge\ndevices_in = ${devicesIn}\n`)
    const pjsip = host.number > 2 ? '' : directTrunk(host.number, 3 - host.number)
    return {
      pbx: new AsteriskServer({ host, directory, eid, hints, pjsip, block }),
      node: cluster.add(host, ['--config', conf, '--entity-id', eid]),
    }
  })
  await Promise.all(sites.flatMap(({ pbx, node }) => [pbx.start(), node.start()]))
  await cluster.settled()
  // Whoever listens to every event of a node is part of what is measured.
  for (const { node } of sites) node.outlook.close()
  return sites
}
