import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LiveCluster } from '../../support/live-cluster.ts'
import type { NodeProcess } from '../../support/processes.ts'
import { AsteriskServer } from './asterisk-server.ts'

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

/** Three servers on a network, all running; server 1 and 2 also exchange some devices directly. */
export async function pbxSites(cluster: LiveCluster, hints: readonly string[]): Promise<PbxSite[]> {
  // The same in Asterisk's dialect of regular expressions and in ours: everything but the devices that are exchanged directly.
  const settings = { devicesIn: '^Custom:[^d]' }
  const sites = cluster.lan.hosts.map((host): PbxSite => {
    const eid = `02:00:00:00:00:0${host.number}`
    const directory = join(cluster.processes.directory, `asterisk-${host.number}`)
    mkdirSync(directory)
    const conf = join(directory, 'lampfield.conf')
    writeFileSync(conf, `[asterisk]\nmode = bridge\ndevices_in = ${settings.devicesIn}\n`)
    const pjsip = host.number > 2 ? '' : directTrunk(host.number, 3 - host.number)
    return {
      pbx: new AsteriskServer({ host, directory, eid, hints, pjsip, settings }),
      node: cluster.add(host, ['--config', conf, '--entity-id', eid]),
    }
  })
  await Promise.all(sites.flatMap(({ pbx, node }) => [pbx.start(), node.start()]))
  await cluster.settled()
  // Whoever listens to every event of a node is part of what is measured.
  for (const { node } of sites) node.outlook.close()
  return sites
}
