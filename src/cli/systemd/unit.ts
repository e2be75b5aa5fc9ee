export interface UnitOptions {
  readonly user: string
  /** The command line of this very program: Node.js, its main file, both absolute. */
  readonly program: readonly string[]
  /** The configuration file, absolute; undefined: the usual place, where there is one. */
  readonly config: string | undefined
}

/** Homes are closed to services that are hardened; a program that lies in one must still be readable. */
const isAtHome = (path: string): boolean => /^\/(home|root|run\/user)\//.test(path)

/** The text of a systemd unit that runs a node. */
export function unitText({ user, program, config }: UnitOptions): string {
  const command = [...program, 'start', ...(config === undefined ? [] : ['--config', config])].map(quoted).join(' ')
  const homes = [...program, config ?? ''].some(isAtHome) ? 'read-only' : 'yes'
  return `# A Lampfield node. To install it, as root:
#   useradd --system --home-dir /var/lib/lampfield --shell /usr/sbin/nologin ${user}    (where there is no such user)
#   lampfield systemd > /etc/systemd/system/lampfield.service
#   systemctl daemon-reload && systemctl enable --now lampfield
# Then, as root: lampfield members --data-dir /var/lib/lampfield

[Unit]
Description=Lampfield: device state shared between PBX servers
Documentation=man:systemd.service(5)
Wants=network-online.target
After=network-online.target

[Service]
Type=notify
# The node tells its state through the program systemd-notify, which is a process of its own.
NotifyAccess=all
WatchdogSec=30
User=${user}
Group=${user}
StateDirectory=lampfield
StateDirectoryMode=0700
Environment=LAMPFIELD_DATA_DIR=/var/lib/lampfield
ExecStart=${command}
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
RestartSec=1
# Exit code 2: the configuration is wrong, and will not get better by itself.
RestartPreventExitStatus=2
# The node takes two seconds to say farewell.
TimeoutStopSec=10
KillMode=mixed
LimitNOFILE=65536

# Nothing here may gain rights, see homes or devices, or write anything but the state directory. Programs run by [hooks] live under the same rules.
# MemoryDenyWriteExecute= is not among them: Node.js makes machine code while it runs.
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=${homes}
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
UMask=0077

[Install]
WantedBy=multi-user.target
`
}

/** A word of a command line as systemd.service(5) reads it: `%` and `$` stand for something else there. */
function quoted(word: string): string {
  const escaped = word.replaceAll('%', '%%').replaceAll('$', '$$$$')
  return /^[\w@%+=:,./$-]+$/.test(escaped) ? escaped : `"${escaped.replaceAll(/["\\]/g, String.raw`\$&`)}"`
}
