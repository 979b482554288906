/**
 * The rooms of `src`, from the top down, and which others each may import from. `test/rooms.test.ts` checks every import
 * against this table, type imports too, and makes the picture and the list in docs/ARCHITECTURE.md from it.
 */

export interface Room {
  /** What it is for, as a newcomer reads it in docs/ARCHITECTURE.md. */
  readonly is: string;
  /** Rooms that its files may import from. `core/*` is all rooms in `core`, and `core` itself. */
  readonly sees: readonly string[];
  /** Modules of Node that its files may use; `*`: any. */
  readonly node?: readonly string[] | '*';
  /** Packages that its files may use. */
  readonly packages?: readonly string[];
}

export const rooms: Readonly<Record<string, Room>> = {
  cli: {
    is: 'one file per command',
    sees: [
      '.',
      'cli/dev',
      'cli/doctor',
      'lab',
      'http/page',
      'client',
      'backup',
      'backup/folder',
      'observe',
      'storage/*',
      'io',
      'trust',
      'protocol',
      'ports',
      'config',
      'core/model',
      'api',
    ],
    node: '*',
    packages: ['commander'],
  },
  'cli/doctor': {
    is: 'decides what `rlog doctor` says, from what the nodes answered',
    sees: ['config', 'api'],
    node: ['node:net'],
  },
  'cli/dev': {
    is: 'what `rlog dev` shows in its terminal: a status block that stays, and a sentence for each event',
    sees: ['lab', 'client', 'observe', 'api'],
    node: '*',
    packages: ['pino-pretty'],
  },
  testing: {
    is: 'a cluster for the tests of users: in threads, on free ports, in temporary folders',
    sees: ['embed', 'lab'],
    node: ['node:fs', 'node:net', 'node:os', 'node:path'],
  },
  embed: {
    is: 'a node in the process of its user: its options, and how questions and answers pass between threads',
    sees: ['embed/inside', 'view', 'client', 'config', 'io', 'api'],
    node: ['node:events', 'node:module', 'node:path', 'node:timers/promises', 'node:worker_threads'],
  },
  'embed/inside': {
    is: 'serves, in the thread of a node, what its user asks of it',
    sees: [
      '.',
      'client',
      'http/append',
      'http/dialects',
      'http/leader',
      'http/read',
      'http/wire',
      'observe',
      'protocol',
      'ports',
      'io',
      'trust',
      'config',
      'core/model',
      'api',
    ],
    node: ['node:fs', 'node:module', 'node:worker_threads'],
  },
  '.': {
    is: '`start-node.ts` wires one node, `open-storage.ts` opens its log, `node-access.ts` its tokens; `start-failure.ts` says why it did not start',
    sees: ['http/*', 'observe', 'observe/traces', 'driver', 'storage/*', 'io', 'trust', 'config', 'core/*', 'api'],
    node: ['node:crypto'],
  },
  view: {
    is: 'folds the entries of any log into a state of the user’s, and keeps that in a file',
    sees: ['api'],
    node: ['node:fs/promises', 'node:path', 'node:timers/promises', 'node:v8', 'node:zlib'],
  },
  lab: {
    is: 'what `rlog dev` runs beside its nodes: it serves the page, and starts, kills and cuts off nodes',
    sees: ['http/nodes', 'http/page', 'http/access', 'http/wire', 'http/dialects', 'config', 'io', 'api'],
    node: '*',
    packages: ['fastify'],
  },
  http: {
    is: 'the server, and the routes for messages, health and leadership, and those of the homework',
    sees: [
      'http/access',
      'http/activity',
      'http/append',
      'http/plain',
      'http/dialects',
      'http/leader',
      'http/limits',
      'http/members',
      'http/retention',
      'http/backup',
      'http/nodes',
      'http/openapi',
      'http/page',
      'http/read',
      'http/wire',
      'driver',
      'protocol',
      'ports',
      'trust',
      'api',
    ],
    node: ['node:http', 'node:net', 'node:stream', 'node:timers/promises'],
    packages: ['fastify', 'pino'],
  },
  'http/access': {
    is: 'who is served',
    sees: ['http/wire', 'trust', 'config', 'api'],
    node: ['node:http', 'node:net', 'node:timers/promises'],
    packages: ['fastify'],
  },
  'http/limits': {
    is: 'what callers may use up, and what is refused beyond it',
    sees: ['http/access', 'http/wire', 'trust', 'io', 'config', 'api'],
    node: ['node:http', 'node:net', 'node:v8'],
    packages: ['fastify', 'pino'],
  },
  'http/append': {
    is: 'takes appends: checks bodies and lays them out as in a batch; the simulator forwards as it does',
    sees: [
      'http/access',
      'http/leader',
      'http/limits',
      'http/dialects',
      'http/wire',
      'driver',
      'protocol',
      'ports',
      'trust',
      'config',
      'core/model',
      'api',
    ],
    node: ['node:buffer', 'node:crypto', 'node:http', 'node:net'],
    packages: ['pino'],
  },
  'http/plain': {
    is: 'reads connections on which there is nothing but plain appends, and leaves all others to node:http',
    sees: ['http/append', 'http/wire', 'api'],
    node: ['node:http', 'node:net'],
  },
  'http/retention': {
    is: 'what the log keeps: trims, and the retention',
    sees: ['http/access', 'http/leader', 'http/wire', 'driver', 'core/model', 'api'],
    packages: ['fastify'],
  },
  'http/backup': {
    is: 'a copy of the log, as an archive',
    sees: ['http/access', 'http/read', 'http/wire', 'backup', 'driver', 'storage', 'core/model', 'api'],
    node: ['node:stream', 'node:timers/promises'],
    packages: ['fastify'],
  },
  'http/members': {
    is: 'registers, lists and removes members',
    sees: ['http/access', 'http/leader', 'http/wire', 'driver', 'config', 'core/model', 'api'],
    packages: ['fastify'],
  },
  'http/read': {
    is: 'reads and follows the log: lists, event streams, the live tail',
    sees: ['http/access', 'http/dialects', 'http/wire', 'driver', 'protocol', 'config', 'core/model', 'api'],
    node: ['node:net', 'node:stream'],
    packages: ['fastify'],
  },
  'http/nodes': {
    is: 'how a page reaches the other nodes: the proxy, and the activity of all nodes in one stream',
    sees: ['http/access', 'http/wire', 'driver', 'io', 'trust', 'api'],
    node: ['node:http', 'node:net', 'node:stream', 'node:stream/promises'],
    packages: ['fastify'],
  },
  'http/activity': {
    is: 'what this node is doing, as a stream, and what it did in the last minutes',
    sees: ['http/access', 'observe', 'http/wire', 'driver', 'core', 'api'],
    node: ['node:net', 'node:stream'],
    packages: ['fastify'],
  },
  'http/leader': {
    is: 'forwards requests to the leader, and to the next one when it is gone; the simulator runs this, too',
    sees: ['driver', 'io', 'ports', 'trust', 'config', 'core/model', 'api'],
    node: ['node:http', 'node:net'],
  },
  'http/dialects': { is: 'the three formats of answers', sees: ['http/wire', 'core/model', 'api'], packages: ['fastify'] },
  'http/wire': {
    is: 'what every route needs: problem documents, bodies, queries, half-closed connections, checks of other sites',
    sees: ['driver', 'trust', 'config', 'core/*', 'api'],
    node: '*',
    packages: ['fastify', 'typebox'],
  },
  'http/page': { is: 'serves the page', sees: ['io', 'api'], node: '*', packages: ['fastify'] },
  'http/openapi': {
    is: 'the description of all routes',
    sees: ['http/access', 'http/wire', 'api'],
    packages: ['fastify', '@fastify/swagger', 'typebox'],
  },
  observe: {
    is: 'logger, metrics, and the samples of the last minutes',
    sees: ['ports', 'driver', 'storage/*', 'io', 'config', 'core/*', 'api'],
    node: '*',
    packages: ['pino', 'pino-pretty', 'prom-client'],
  },
  'observe/traces': {
    is: 'follows appends as spans of OpenTelemetry; loaded only where they are wanted',
    sees: ['observe', 'ports', 'driver', 'config', 'api'],
    packages: [
      '@opentelemetry/api',
      '@opentelemetry/core',
      '@opentelemetry/exporter-trace-otlp-http',
      '@opentelemetry/resources',
      '@opentelemetry/sdk-trace',
      'pino',
    ],
  },
  sim: {
    is: 'a whole cluster in one thread, from one seed',
    sees: ['sim/checkers', 'sim/workload', 'sim/world', 'storage/*', 'core/model'],
    node: '*',
  },
  'sim/mutants': { is: 'planted bugs, and the count of seeds that it takes to find each', sees: ['sim'], node: '*' },
  'sim/workload': {
    is: 'clients, faults, and the coordinator',
    sees: ['sim/checkers', 'sim/world', 'http/append', 'storage/*', 'driver', 'protocol', 'ports', 'core/model', 'api'],
  },
  'sim/checkers': { is: 'what must hold at every moment, and which hard cases have occurred', sees: ['sim/world', 'core/*', 'api'] },
  'sim/world': {
    is: 'simulated clock, disk, network and processes',
    sees: ['http/leader', 'storage/*', 'driver', 'protocol', 'ports', 'core/*', 'api'],
    packages: ['tinyqueue'],
  },
  backup: {
    is: 'a copy of the log as an archive: its format, how it is made and how it is checked',
    sees: ['protocol', 'core/model'],
    node: ['node:crypto', 'node:stream', 'node:zlib'],
    packages: ['tar-stream'],
  },
  'backup/folder': {
    is: 'makes a data folder of backups',
    sees: ['backup', 'storage', 'storage/format', 'ports', 'protocol', 'core/model'],
  },
  driver: { is: 'carries out what the core decides, on the ports', sees: ['storage/*', 'protocol', 'ports', 'core/*', 'api'] },
  storage: {
    is: 'segments on a disk, or a log in memory',
    sees: ['storage/recovery', 'storage/checkpoints', 'storage/segments', 'storage/format', 'ports', 'protocol', 'core/*'],
  },
  'storage/recovery': {
    is: 'what a start does with a folder',
    sees: ['storage/checkpoints', 'storage/segments', 'storage/format', 'ports', 'protocol', 'core/*'],
  },
  'storage/checkpoints': {
    is: 'what is known of the part of a log that is gone',
    sees: ['storage/format', 'ports', 'protocol', 'core/log', 'core/model'],
    node: ['node:zlib'],
  },
  'storage/segments': {
    is: 'scans, reads, cuts and verifies segments',
    sees: ['storage/format', 'ports', 'protocol', 'core/model'],
    node: ['node:zlib'],
  },
  'storage/format': { is: 'the formats of files, byte by byte', sees: ['ports', 'protocol', 'core/model'], node: ['node:zlib'] },
  trust: {
    is: 'which caller it is, and what it may do: secrets, tokens, certificates',
    sees: ['core/model'],
    node: '*',
    packages: ['@peculiar/x509', 'reflect-metadata'],
  },
  io: { is: 'the ports on Node', sees: ['trust', 'ports', 'protocol', 'core/model', 'api'], node: '*' },
  config: {
    is: 'the table of options; the only room that reads the environment',
    sees: ['trust', 'core/model', 'api'],
    node: ['node:os', 'node:net', 'node:dns/promises'],
  },
  protocol: { is: 'batches, frames and messages as bytes', sees: ['core/model'], node: ['node:zlib'] },
  ports: { is: 'what we need from the outside world, in a few verbs', sees: ['core/model', 'api'] },
  core: {
    is: 'decides. `core/replica.ts` hands each event to the part that it concerns; `core/roles.ts` carries out changes of role',
    sees: ['core/leader', 'core/candidate', 'core/follower', 'core/election', 'core/node', 'core/log', 'core/model'],
  },
  'core/leader': {
    is: 'orders and commits entries, answers appends, feeds the followers',
    sees: ['core/node', 'core/members', 'core/log', 'core/model', 'api'],
  },
  'core/candidate': {
    is: 'tries to lead: promises, and recovery of the most advanced log',
    sees: ['core/node', 'core/members', 'core/log', 'core/model'],
  },
  'core/follower': {
    is: 'copies a leader’s log, gives promises, lends its log to candidates',
    sees: ['core/election', 'core/node', 'core/log', 'core/model'],
  },
  'core/election': {
    is: 'when one of equal nodes tries to lead: deadlines, polls, and which node it supports',
    sees: ['core/node', 'core/members', 'core/model'],
  },
  'core/node': {
    is: 'what every role needs: peers, promises, room on the disk, whether the process was suspended',
    sees: ['core/log', 'core/model', 'api'],
  },
  'core/members': { is: 'which nodes count: founding, changes of the member list, majorities', sees: ['core/model'] },
  'core/log': { is: 'what the core knows of its log, without bytes', sees: ['core/model'] },
  'core/model': { is: 'values: epochs, places, batches, messages, events', sees: ['api'] },
  client: { is: 'the client library: `fetch` only, for browsers too', sees: ['api'] },
  dashboard: {
    is: 'the page, with a small build of its own',
    sees: ['dashboard/*', 'api'],
    node: ['node:url'],
    packages: ['preact', 'uplot', 'vite'],
  },
  'dashboard/lab': {
    is: 'the picture of the nodes, and experiments below it',
    sees: ['dashboard/lab/experiments', 'dashboard/overview', 'dashboard/controls', 'dashboard/parts', 'dashboard/data', 'api'],
    packages: ['preact'],
  },
  'dashboard/lab/experiments': { is: 'guided experiments', sees: ['dashboard/controls', 'dashboard/data', 'client', 'api'] },
  'dashboard/controls': {
    is: 'buttons that kill, pause and cut off the nodes of the lab',
    sees: ['dashboard/data', 'api'],
    packages: ['preact'],
  },
  'dashboard/overview': {
    is: 'the cluster as a picture, and a form to append with',
    sees: ['dashboard/controls', 'dashboard/events', 'dashboard/log', 'dashboard/parts', 'dashboard/data', 'dashboard/style', 'api'],
    packages: ['preact'],
  },
  'dashboard/nodes': {
    is: 'each node in detail, and what happened to it',
    sees: ['dashboard/overview', 'dashboard/events', 'dashboard/parts', 'dashboard/data', 'dashboard/style', 'api'],
    packages: ['preact'],
  },
  'dashboard/events': {
    is: 'what happened, as a list',
    sees: ['dashboard/data', 'dashboard/style'],
    packages: ['preact'],
  },
  'dashboard/log': {
    is: 'the log as a grid, entry by entry',
    sees: ['dashboard/parts', 'dashboard/data', 'dashboard/style', 'api'],
    packages: ['preact'],
  },
  'dashboard/charts': {
    is: 'the last minutes as charts',
    sees: ['dashboard/data', 'dashboard/style', 'api'],
    packages: ['preact', 'uplot'],
  },
  'dashboard/parts': {
    is: 'what several views share: a node’s name, a button that copies',
    sees: ['dashboard/data', 'dashboard/style'],
    packages: ['preact'],
  },
  'dashboard/data': { is: 'what the page knows of the cluster', sees: ['api'], packages: ['preact'] },
  'dashboard/style': { is: 'colours and sizes', sees: [] },
  api: { is: 'what crosses HTTP, declared once: documents, headers, codes, parsers', sees: [] },
};

/** The room of a file: the innermost one that contains it. */
export function roomOf(path: string): string {
  for (let folder = path; folder.includes('/'); ) {
    folder = folder.slice(0, folder.lastIndexOf('/'));
    if (folder in rooms) return folder;
  }
  return '.';
}

/** All rooms that a room may import from, with `x/*` expanded. */
export function seenFrom(room: string): string[] {
  return (rooms[room]?.sees ?? []).flatMap((name) => {
    if (!name.endsWith('/*')) return [name];
    const house = name.slice(0, -2);
    return Object.keys(rooms).filter((other) => other !== room && (other === house || other.startsWith(`${house}/`)));
  });
}
