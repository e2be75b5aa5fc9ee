// The house of src/: arrows only down. The table names, for each room, the rooms it may import beside itself.
const house = {
  state: [],
  runtime: [],
  protocol: ['state', 'runtime'],
  membership: ['state', 'runtime'],
  replica: ['state', 'runtime'],
  storage: ['state', 'runtime'],
  config: ['state', 'runtime'],
  network: ['protocol', 'state', 'runtime'],
  node: ['membership', 'replica', 'network', 'storage', 'protocol', 'state', 'runtime'],
  testing: ['node', 'network', 'storage', 'state', 'runtime'],
  control: ['node', 'state', 'runtime'],
  asterisk: ['node', 'state', 'runtime'],
  hooks: ['node', 'state', 'runtime'],
  cli: ['hooks', 'control', 'asterisk', 'config', 'node', 'state', 'runtime'],
}

/** Packages that belong to one room, so that it alone knows what it is built on. */
const tenants = [
  { name: 'yjs-in-replica-only', room: 'replica', packages: '(yjs|lib0)' },
  {
    name: 'libp2p-in-network-only',
    room: 'network',
    packages: '(@libp2p|@chainsafe|@noble|libp2p|@multiformats|it-[a-z-]+)',
  },
  { name: 'level-in-storage-only', room: 'storage', packages: 'classic-level' },
  { name: 'fastify-in-control-only', room: 'control', packages: '(fastify|@fastify|ws|prom-client)' },
  { name: 'terminal-in-cli-only', room: 'cli', packages: '(commander|pino|pino-pretty)' },
]

const rooms = (names) => `^src/(${names.join('|')})/`
const error = (name, from, to) => ({ name, severity: 'error', from, to })

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    error('no-circular', {}, { circular: true }),
    ...Object.entries(house).map(([room, below]) =>
      error(`arrows-of-${room}`, { path: rooms([room]) }, { path: '^src/', pathNot: rooms([room, ...below]) }),
    ),
    error(
      'sip-does-not-know-the-node',
      { path: '^src/asterisk/sip/' },
      { path: '^src/', pathNot: '^src/(asterisk/sip|state|runtime)/' },
    ),
    error('room-is-in-the-table', { path: '^src/[^/]+/', pathNot: rooms(Object.keys(house)) }, {}),
    ...tenants.map(({ name, room, packages }) =>
      error(name, { path: '^src/', pathNot: rooms([room]) }, { path: `node_modules/${packages}/` }),
    ),
    error(
      'pure-rooms-have-no-node-modules',
      { path: rooms(['state', 'protocol', 'membership']) },
      { dependencyTypes: ['core'] },
    ),
    error('not-to-test', { path: '^src/' }, { path: '^(test|bench)/' }),
    error('no-dev-dependency-in-src', { path: '^src/' }, { dependencyTypes: ['npm-dev'] }),
    error(
      'no-undeclared-dependency',
      {},
      { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'] },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
}
