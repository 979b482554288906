/** Wires one node together: configuration, storage, core, network, HTTP. */

import { randomInt, randomUUID } from 'node:crypto';
import { idempotencyLimits } from './core/log/idempotency-index.ts';
import { identityPartsEnd } from './core/model/forward-identity.ts';
import { incarnation, nodeId } from './core/model/numbers.ts';
import { Replica } from './core/replica.ts';
import { ConfigError, sayableConfig } from './config/config.ts';
import type { Config } from './config/config.ts';
import { electionSettings } from './config/election-settings.ts';
import { peerAddressesOf } from './config/peer-networks.ts';
import { securityWarnings } from './config/security-checks.ts';
import { Driver } from './driver/driver.ts';
import { ProtectedMode } from './http/access/protected-mode.ts';
import { ActivityFeed } from './http/activity/activity-feed.ts';
import { BodyBudget } from './http/wire/body-budget.ts';
import type { ConnectionLimit } from './http/limits/connection-limit.ts';
import { nodeLimits } from './http/limits/node-limits.ts';
import { dialects } from './http/dialects/dialects.ts';
import { hostNames } from './http/wire/host-names.ts';
import { NodeHeaders } from './http/wire/node-headers.ts';
import { ForwardIdentities } from './http/leader/forward-identities.ts';
import { LeaderClient } from './http/leader/leader-client.ts';
import { LeaderWatch } from './http/leader/leader-watch.ts';
import { LiveTail } from './http/read/live-tail.ts';
import { membersDirectory } from './http/nodes/node-directory.ts';
import { Page, builtPage } from './http/page/page.ts';
import { ReadPacer } from './http/read/read-pacer.ts';
import { PeerPort } from './http/peer-port.ts';
import { createServer } from './http/server.ts';
import type { HttpNode, RlogServer } from './http/server.ts';
import type { HealthFacts } from './http/wire/health-json.ts';
import { Slices } from './http/read/slices.ts';
import { StepQueue } from './http/wire/steps.ts';
import { connectionEvent } from './http/wire/transport.ts';
import { acceptStreams } from './http/upgrade.ts';
import { ChannelAgent } from './io/channel-agent.ts';
import type { PeerReach } from './io/peer-upgrade.ts';
import { staticCoordinator } from './io/static-coordinator.ts';
import { DiskUse } from './observe/disk-use.ts';
import { retentionJson } from './http/wire/retention-json.ts';
import { MeasuredHealth } from './observe/measured-health.ts';
import { dateOrNull, factsOfStart } from './observe/node-settings.ts';
import type { NodeLogger } from './observe/logger.ts';
import { LeaderClock } from './observe/leader-clock.ts';
import { createMetrics } from './observe/metrics.ts';
import { NameLookup } from './io/name-lookup.ts';
import { nodeClock } from './io/node-clock.ts';
import { NodeNetwork } from './io/node-network.ts';
import { SocketStream } from './io/socket-stream.ts';
import { systemNames } from './io/system-names.ts';
import { saidOnce } from './trust/said-once.ts';
import { NodeTls } from './trust/node-tls.ts';
import { eventLog } from './observe/event-log.ts';
import { nodeTraces } from './observe/traces/node-traces.ts';
import { ClusterSecrets, parseSecrets } from './trust/cluster-secrets.ts';
import { isProven } from './trust/peer-channel.ts';
import { WatchedFiles } from './trust/watched-file.ts';
import { nodeAccess } from './node-access.ts';
import { openStorage } from './open-storage.ts';
import type { Opened } from './open-storage.ts';
import { version } from './api/version.ts';

const batchBytesMax = 1024 * 1024;
const windowBytes = 4 * 1024 * 1024;
const listeningMs = 2000;
/** How long open connections may take to end when the node stops. */
const lingerMs = 400;
/** When this node stops, how long it waits for another node to answer the appends that it forwarded. */
const forwardsGraceMs = 1000;

export interface RunningNode {
  readonly url: string;
  readonly driver: Driver;
  /** What its routes have. */
  readonly node: HttpNode;
  /** Rejects when the node cannot go on. */
  readonly failed: Promise<never>;
  /** Takes no new appends, answers those that wait, and makes everything durable. */
  readonly stop: () => Promise<void>;
}

/** @throws ConfigError, TlsUnusable, FolderInUse, StorageDamaged, OtherNodesFolder, UnknownFormat, or what the port's owner makes of it */
export async function startNode(config: Config, logger: NodeLogger): Promise<RunningNode> {
  const { log } = logger;
  log.info({ ...sayableConfig(config), version }, 'node.starting');
  for (const { event, facts } of securityWarnings(config)) log.warn(facts, event);
  const tls = NodeTls.open({ ...config.security, url: config.advertisedUrl }, log);
  let opened: Opened | undefined;
  try {
    opened = await openStorage(config, logger);
    return await run(config, logger, { ...opened, tls });
  } catch (error) {
    tls?.stop();
    await opened?.store.close();
    await opened?.release();
    throw error;
  }
}

async function run(
  config: Config,
  logger: NodeLogger,
  { tls, ...opened }: Opened & { readonly tls: NodeTls | undefined },
): Promise<RunningNode> {
  const { log } = logger;
  const { access, audit, own, isBelieved, stop: stopAccess } = nodeAccess(config, { log, isProven, list: opened.outline.list });
  const { limits } = config;
  const { pendingBytesMax } = limits;
  const { connections, clients, refusals, memory, forwardsMax } = nodeLimits(config, log);
  const id = nodeId(config.serverId);
  const { lookup } = new NameLookup(nodeClock, systemNames());
  const { clusterSecrets, acceptsInsecure, peerPort } = config.security;
  const secretFile = openSecretFile(config, log, (given) => secrets.replace(given));
  const secrets = await ClusterSecrets.of(secretFile?.value ?? clusterSecrets);
  const addresses = peerAddressesOf(config);
  const reach: PeerReach = { lookup, ...addresses, secrets, acceptsInsecure, tls: tls?.context };
  const replica = new Replica(
    {
      id,
      incarnation: incarnation(randomUUID()),
      url: config.advertisedUrl,
      secondaries: config.secondaries,
      hasMasterUrl: config.masterUrls.length > 0,
      newCluster: config.newCluster,
      foundsWithAll: config.kind === 'node' || config.coordinator === 'elections',
      delayMs: config.replicationDelayMs,
      heartbeatIntervalMs: config.heartbeatIntervalMs,
      health: { suspectedAfterMs: config.suspectedAfterMs, unhealthyAfterMs: config.unhealthyAfterMs },
      idempotency: idempotencyLimits,
      founding: { ...config.retention, idempotencyWindowMs: config.idempotencyWindowMs },
      keptBytes: opened.keptBytes,
      pendingAppendsMax: config.pendingAppendsMax,
      pendingBytesMax,
      joiningMax: limits.joiningMax,
      batchBytesMax,
      windowBytes,
      listeningMs,
      drawId: randomUUID,
      random: Math.random,
      joins: secrets.isSet ? 'wanted' : 'anyone',
      elections: electionSettings(config),
    },
    opened,
  );
  const driver = new Driver({
    replica,
    store: opened.store,
    clock: nodeClock,
    network: new NodeNetwork({
      self: config.serverId,
      dialTimeoutMs: config.unhealthyAfterMs,
      reach,
      noHandshake: saidOnce(
        ({ url, reason }) => `${url} ${reason}`,
        (facts) => log.warn(facts, 'tls.no-handshake'),
      ),
    }),
    delayMs: config.replicationDelayMs,
    masterUrls: config.masterUrls,
    self: { id, url: config.advertisedUrl },
  });
  const leaderCaller = new LeaderClient(
    config.serverId,
    { countMax: config.pendingAppendsMax, bytesMax: pendingBytesMax },
    { agent: new ChannelAgent(reach, { keepAlive: true, maxSockets: forwardsMax, timeout: 30_000 }), ...addresses },
  );
  const bodies = new BodyBudget({
    bodyBytesMax: config.bodyBytesMax,
    bytesMax: pendingBytesMax,
    checkMemory: memory.check,
    heldElsewhere: () => replica.waitingBytes + leaderCaller.waiting.bytes,
  });
  const areAppendsWaiting = (): boolean => replica.waitingAppends > 0;
  const readPacer = new ReadPacer(areAppendsWaiting);
  const liveTail = new LiveTail({
    driver,
    readPacer,
    // The live tail takes turns of its own: readers of the past must not hold back new entries.
    slices: new Slices(new ReadPacer(areAppendsWaiting)),
    heartbeatMs: config.listenerHeartbeatMs,
    listenersMax: limits.listenersMax,
    ...{ waitingReadsMax: limits.waitingReadsMax, checkMemory: memory.check },
    failed: (error) => log.error({ err: error }, 'listeners.failed'),
  });
  const cutCount = (): number => driver.cutCount;
  const leaderClock = new LeaderClock({ driver, now: () => performance.now(), wallClock: () => Date.now() });
  const diskUse = config.dataDir === undefined ? undefined : new DiskUse(config.dataDir, cutCount);
  const measured = new MeasuredHealth({ diskUse, log: driver });
  const startFacts = factsOfStart(config);
  const certificateEndsAt = tls?.isServed === true ? () => tls.material.endsAt : undefined;
  const healthFacts = (): HealthFacts => ({
    leaderSince: leaderClock.leaderSince,
    retention: retentionJson(driver.retention),
    ...measured.last,
    ...startFacts,
    certificateEndsAt: dateOrNull(certificateEndsAt?.()),
  });
  const metrics = createMetrics({
    status: () => replica.status(),
    version,
    leaderlessMs: () => leaderClock.leaderlessMs,
    waitingBytes: () => replica.waitingBytes + bodies.bytes,
    forwards: () => leaderCaller.waiting,
    cutCount,
    connections,
    ...{ refusals: () => refusals.counts, isMemoryShort: () => memory.isShort },
    listeners: () => liveTail,
    oldestAt: () => measured.oldestAt,
    disk: diskUse === undefined ? undefined : { usage: () => diskUse.usage(), isVerified: opened.isVerified },
    droppedLines: logger.droppedLines,
    certificateEndsAt,
  });
  const activity = new ActivityFeed({
    id,
    status: () => replica.status(),
    healthFacts,
    committedEnd: () => replica.committedEnd,
    watchEnds: (told) => driver.watchEnds(told),
  });
  const traces = await nodeTraces(config.serverId, log);
  // The log comes last: it takes a while to write lines, and the other observers take the time of each event.
  for (const observer of [activity.observer, metrics.observer, ...(traces === undefined ? [] : [traces.observer]), eventLog(log)])
    driver.observe(observer);
  const names = hostNames(config, driver);
  const protectedMode = new ProtectedMode(config, isBelieved);
  const self = {
    id,
    url: config.advertisedUrl,
    host: config.host,
    port: peerPort ?? config.port,
    hasTls: tls?.isServed === true,
    dialed: own.add,
  };
  const node: HttpNode = {
    config,
    driver,
    dialect: dialects[config.apiDialect],
    clock: nodeClock,
    leaderCaller,
    leaderWatch: new LeaderWatch(driver, nodeClock),
    forwardIdentities: new ForwardIdentities(randomInt(identityPartsEnd - 1)),
    directory: membersDirectory(driver, self, { agent: new ChannelAgent(reach), ...addresses }),
    ...{ access, audit, protectedMode },
    hostNames: names,
    nodeHeaders: new NodeHeaders(secrets, { acceptsInsecure }),
    peerPort: new PeerPort(peerPort),
    page: new Page(builtPage()),
    readPacer,
    liveTail,
    refusals,
    clients,
    traces,
    tls: tls?.isServed === true ? tls : undefined,
    ...{ bodies, connections, activity, healthFacts },
    bodyWork: new StepQueue(),
    metricsText: async () => ({ contentType: metrics.registry.contentType, text: await metrics.registry.metrics() }),
  };
  const app = createServer(node, log);
  // A node may campaign only once it has its port. A master is offered leadership before it accepts streams.
  try {
    await app.listen({ host: config.host, port: config.port });
    await node.peerPort.listen(config.host, app.server);
  } catch (error) {
    secretFile?.stop();
    stopAccess();
    await close(app, connections);
    throw error;
  }
  driver.start();
  activity.start();
  memory.start();
  measured.start();
  const coordinator = staticCoordinator(config.kind === 'master' && config.coordinator === 'static');
  if (config.nodes.length === 2) log.warn({ nodes: config.nodes }, 'nodes.two');
  coordinator.start(() => driver.offerLeadership());
  acceptStreams(app.server, {
    ...{ driver, log, names, protectedMode, access, secrets, acceptsInsecure, peerPort: node.peerPort },
    accept: (socket, head) => driver.accept(new SocketStream(socket, head)),
    proven: (socket) => connections.isProven(socket),
    acceptRequests: (channel) => app.server.emit(connectionEvent(app.server), channel),
  });
  log.info(
    { url: config.advertisedUrl, host: config.host, port: config.port, logEnd: replica.durableEnd, connectionsMax: connections.max },
    'node.started',
  );
  return {
    url: config.advertisedUrl,
    driver,
    node,
    failed: driver.failed,
    stop: async () => {
      coordinator.stop();
      log.info({ logEnd: replica.durableEnd }, 'node.stopping');
      activity.stop();
      memory.stop();
      measured.stop();
      await liveTail.stop();
      // Appends that waited in the queue are forwarded to the new leader, and its answers come back to the clients.
      await driver.handOver();
      await driver.waitUntil(() => leaderCaller.waiting.count === 0, forwardsGraceMs);
      await driver.stop();
      leaderCaller.close();
      secretFile?.stop();
      node.peerPort.close();
      stopAccess();
      await close(app, connections);
      await traces?.stop();
      tls?.stop();
      await opened.release();
      log.info({ logEnd: replica.durableEnd }, 'node.stopped');
    },
  };
}

/** @throws ConfigError if it cannot be read */
function openSecretFile(
  { security }: Config,
  log: NodeLogger['log'],
  use: (secrets: string[]) => Promise<void>,
): WatchedFiles<string[]> | undefined {
  const { clusterSecretFile: path } = security;
  if (path === undefined) return undefined;
  try {
    return new WatchedFiles({
      paths: [path],
      parse: ([text = '']) => parseSecrets(text),
      changed: (secrets) => {
        // Keys take a moment to derive. Whoever is told relies on it: a connection that begins now is proved with them.
        const said = (): void => log.info({ path, secrets: secrets.length }, 'secrets.changed');
        use(secrets).then(said, (error: unknown) => log.error({ path, err: error }, 'secrets.failed'));
      },
      failed: (error) => log.error({ path, reason: error.message }, 'secrets.not-read'),
    });
  } catch (error) {
    throw new ConfigError([`CLUSTER_SECRET_FILE: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

/** Lets pending answers go out, but not for long. */
async function close(app: RlogServer, connections: ConnectionLimit): Promise<void> {
  const timer = setTimeout(() => connections.closeAll(), lingerMs);
  await app.close();
  clearTimeout(timer);
}
