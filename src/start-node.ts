/** Wires one node together: configuration, storage, core, network, HTTP. */

import { randomInt, randomUUID } from 'node:crypto';
import { identityPartsEnd } from './core/model/forward-identity.ts';
import { incarnation, nodeId, storageId } from './core/model/numbers.ts';
import type { StorageId } from './core/model/numbers.ts';
import type { Held } from './core/model/place.ts';
import type { NodeState } from './core/model/events.ts';
import { LogOutline } from './core/log/log-outline.ts';
import { Replica } from './core/replica.ts';
import { sayableConfig } from './config/config.ts';
import type { Config } from './config/config.ts';
import { peerReach } from './config/peer-networks.ts';
import { securityWarnings } from './config/security-checks.ts';
import type { ElectionOptions } from './core/node/context.ts';
import { Driver } from './driver/driver.ts';
import { ProtectedMode } from './http/access/protected-mode.ts';
import { ActivityFeed } from './http/activity/activity-feed.ts';
import { BodyBudget } from './http/wire/body-budget.ts';
import { ConnectionLimit } from './http/wire/connection-limit.ts';
import { dialects } from './http/dialects/dialects.ts';
import { hostNames } from './http/wire/host-names.ts';
import { ForwardIdentities } from './http/leader/forward-identities.ts';
import { LeaderClient } from './http/leader/leader-client.ts';
import { LeaderWatch } from './http/leader/leader-watch.ts';
import { LiveTail } from './http/read/live-tail.ts';
import { membersDirectory } from './http/nodes/node-directory.ts';
import { Page, builtPage } from './http/page/page.ts';
import { ReadPacer } from './http/read/read-pacer.ts';
import { createServer } from './http/server.ts';
import type { HttpNode, RlogServer } from './http/server.ts';
import type { HealthFacts } from './http/wire/health-json.ts';
import { Slices } from './http/read/slices.ts';
import { StepQueue } from './http/wire/steps.ts';
import { acceptStreams } from './http/upgrade.ts';
import { staticCoordinator } from './io/static-coordinator.ts';
import { descriptors, planDescriptors } from './io/descriptors.ts';
import { DiskUse } from './observe/disk-use.ts';
import { DiskWatch } from './observe/disk-watch.ts';
import { FolderLock } from './io/folder-lock.ts';
import type { NodeLogger } from './observe/logger.ts';
import { LeaderClock } from './observe/leader-clock.ts';
import { createMetrics } from './observe/metrics.ts';
import { NameLookup } from './io/name-lookup.ts';
import { nodeClock } from './io/node-clock.ts';
import { NodeDisk } from './io/node-disk.ts';
import { NodeNetwork } from './io/node-network.ts';
import { openToOthers } from './io/private-modes.ts';
import { SocketStream } from './io/socket-stream.ts';
import { systemNames } from './io/system-names.ts';
import { eventLog } from './observe/event-log.ts';
import type { LogStore } from './storage/log-store.ts';
import { MemoryLog } from './storage/memory-log.ts';
import { recover } from './storage/recovery.ts';
import { version } from './api/version.ts';

/** How many bytes of recent batches are kept in memory for followers and readers. */
const recentBytesMax = 8 * 1024 * 1024;
const keysMax = 1_000_000;
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
  /** Rejects when the node cannot go on. */
  readonly failed: Promise<never>;
  /** Takes no new appends, answers those that wait, and makes everything durable. */
  readonly stop: () => Promise<void>;
}

interface Opened {
  readonly store: LogStore;
  readonly outline: LogOutline;
  readonly state: NodeState | undefined;
  /** Whether everything that the start left out has been read since. */
  readonly isVerified: () => boolean;
  /** To be called after the store is closed. */
  readonly release: () => Promise<void>;
}

/** @throws ConfigError, FolderInUse, StorageDamaged, OtherNodesFolder, UnknownFormat, or the error of a port that is in use */
export async function startNode(config: Config, logger: NodeLogger): Promise<RunningNode> {
  const { log } = logger;
  log.info({ ...sayableConfig(config), version }, 'node.starting');
  for (const { event, facts } of securityWarnings(config)) log.warn(facts, event);
  const opened = await openStorage(config, logger);
  try {
    return await run(config, logger, opened);
  } catch (error) {
    await opened.store.close();
    await opened.release();
    throw error;
  }
}

async function run(config: Config, logger: NodeLogger, opened: Opened): Promise<RunningNode> {
  const { log } = logger;
  const pendingBytesMax = 4 * config.bodyBytesMax;
  const plan = planDescriptors(descriptors());
  const connections = new ConnectionLimit(plan.connectionsMax);
  const id = nodeId(config.serverId);
  const { lookup } = new NameLookup(nodeClock, systemNames());
  const reach = { lookup, ...peerReach(config) };
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
      idempotency: { keysMax, windowMs: config.idempotencyWindowMs },
      pendingAppendsMax: config.pendingAppendsMax,
      pendingBytesMax,
      batchBytesMax,
      windowBytes,
      listeningMs,
      drawId: randomUUID,
      random: Math.random,
      elections: electionOptions(config),
    },
    opened,
  );
  const driver = new Driver({
    replica,
    store: opened.store,
    clock: nodeClock,
    network: new NodeNetwork({ self: config.serverId, dialTimeoutMs: config.unhealthyAfterMs, ...reach }),
    delayMs: config.replicationDelayMs,
    masterUrls: config.masterUrls,
    self: { id, url: config.advertisedUrl },
  });
  const leaderCaller = new LeaderClient(
    config.serverId,
    { countMax: config.pendingAppendsMax, bytesMax: pendingBytesMax, socketsMax: plan.forwardsMax },
    reach,
  );
  const bodies = new BodyBudget({
    bodyBytesMax: config.bodyBytesMax,
    bytesMax: pendingBytesMax,
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
    failed: (error) => log.error({ err: error }, 'listeners.failed'),
  });
  const cutCount = (): number => driver.cutCount;
  const leaderClock = new LeaderClock({ driver, now: () => performance.now(), wallClock: () => Date.now() });
  const diskUse = config.dataDir === undefined ? undefined : new DiskUse(config.dataDir, cutCount);
  const diskWatch = diskUse && new DiskWatch(diskUse);
  const startedAt = new Date(performance.timeOrigin).toISOString();
  const healthFacts = (): HealthFacts => ({ leaderSince: leaderClock.leaderSince, disk: diskWatch?.last ?? null, startedAt });
  const metrics = createMetrics({
    status: () => replica.status(),
    version,
    leaderlessMs: () => leaderClock.leaderlessMs,
    waitingBytes: () => replica.waitingBytes + bodies.bytes,
    forwards: () => leaderCaller.waiting,
    cutCount,
    connections,
    listeners: () => liveTail,
    disk: diskUse === undefined ? undefined : { usage: () => diskUse.usage(), isVerified: opened.isVerified },
    droppedLines: logger.droppedLines,
  });
  const activity = new ActivityFeed({
    id,
    status: () => replica.status(),
    healthFacts,
    committedEnd: () => replica.committedEnd,
    watchEnds: (told) => driver.watchEnds(told),
  });
  // The log comes last: it takes a while to write lines, and the other observers take the time of each event.
  for (const observer of [activity.observer, metrics.observer, eventLog(log)]) driver.observe(observer);
  const names = hostNames(config, driver);
  const protectedMode = new ProtectedMode(config, () => false);
  const node: HttpNode = {
    config,
    driver,
    dialect: dialects[config.apiDialect],
    clock: nodeClock,
    leaderCaller,
    leaderWatch: new LeaderWatch(driver, nodeClock),
    forwardIdentities: new ForwardIdentities(randomInt(identityPartsEnd - 1)),
    directory: membersDirectory(driver, { id, url: config.advertisedUrl, host: config.host, port: config.port }, reach),
    hostNames: names,
    protectedMode,
    page: new Page(builtPage()),
    readPacer,
    liveTail,
    connections,
    bodies,
    bodyWork: new StepQueue(),
    activity,
    healthFacts,
    metricsText: async () => ({ contentType: metrics.registry.contentType, text: await metrics.registry.metrics() }),
  };
  const app = createServer(node, log);
  // A node may campaign only once it has its port. A master is offered leadership before it accepts streams.
  await app.listen({ host: config.host, port: config.port });
  driver.start();
  activity.start();
  diskWatch?.start();
  const coordinator = staticCoordinator(config.kind === 'master' && config.coordinator === 'static');
  if (config.nodes.length === 2) log.warn({ nodes: config.nodes }, 'nodes.two');
  coordinator.start(() => driver.offerLeadership());
  acceptStreams(app.server, { driver, log, names, protectedMode, accept: (socket, head) => driver.accept(new SocketStream(socket, head)) });
  log.info(
    { url: config.advertisedUrl, host: config.host, port: config.port, logEnd: replica.durableEnd, connectionsMax: plan.connectionsMax },
    'node.started',
  );
  return {
    url: config.advertisedUrl,
    driver,
    failed: driver.failed,
    stop: async () => {
      coordinator.stop();
      log.info({ logEnd: replica.durableEnd }, 'node.stopping');
      activity.stop();
      diskWatch?.stop();
      await liveTail.stop();
      // Appends that waited in the queue are forwarded to the new leader, and its answers come back to the clients.
      await driver.handOver();
      await driver.waitUntil(() => leaderCaller.waiting.count === 0, forwardsGraceMs);
      await driver.stop();
      leaderCaller.close();
      await close(app);
      await opened.release();
      log.info({ logEnd: replica.durableEnd }, 'node.stopped');
    },
  };
}

/** Of equal nodes the first one founds the cluster; if one is started as the master, that one does. */
function electionOptions(config: Config): ElectionOptions | undefined {
  if (config.coordinator !== 'elections') return undefined;
  return {
    timeoutMs: config.electionTimeoutMs,
    priority: config.leaderPriority,
    isFounder: config.kind === 'node' ? config.nodes[0] === config.advertisedUrl : config.kind === 'master',
    mayRecoverWithoutQuorum: config.dataDir === undefined,
  };
}

/** Lets pending answers go out, but not for long. */
async function close(app: RlogServer): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), lingerMs);
  await app.close();
  clearTimeout(timer);
}

async function openStorage(config: Config, logger: NodeLogger): Promise<Opened> {
  const idempotency = { keysMax, windowMs: config.idempotencyWindowMs };
  if (config.dataDir === undefined) {
    const nothing = { state: undefined, isVerified: () => true, release: () => Promise.resolve() };
    return { store: new MemoryLog(), outline: new LogOutline(idempotency), ...nothing };
  }
  const disk = NodeDisk.at(config.dataDir);
  const release = async (): Promise<void> => {
    await disk.close();
    lock.release();
  };
  // The folder may be a mounted volume with another owner, or from an earlier version, so its mode is not changed.
  const others = openToOthers(config.dataDir);
  if (others !== undefined) logger.log.warn({ folder: config.dataDir, others }, 'folder.open-to-others');
  const holder = { id: config.serverId, pid: process.pid, url: config.advertisedUrl, since: new Date().toISOString() };
  const lock = FolderLock.take(config.dataDir, holder);
  try {
    const begunAt = performance.now();
    let isVerified = false;
    const recovered = await recover(disk, {
      node: nodeId(config.serverId),
      isCopy: config.isBlank,
      drawStorageId: drawStorage,
      segmentBytesMax: config.segmentBytesMax,
      recentBytesMax,
      idempotency,
      tornTailCut: (bytes) => logger.log.warn({ tornBytes: bytes }, 'log.torn-tail-cut'),
      verified: (verified) => {
        isVerified = true;
        logger.log.info({ ...verified, ms: Math.round(performance.now() - begunAt) }, 'log.verified');
      },
    });
    const { tornBytes, isTornTailKept, rewrittenBytes, segments, outline, forgot } = recovered;
    const ms = Math.round(performance.now() - begunAt);
    const facts = { logEnd: outline.end.offset, tip: outline.tip, keys: outline.keyCount, segments, tornBytes, rewrittenBytes, ms };
    if (isTornTailKept) logger.log.error(facts, 'log.torn-tail-waits-for-room');
    else if (tornBytes > 0) logger.log.warn(facts, 'log.torn-tail-cut');
    else logger.log.info(facts, 'log.recovered');
    if (forgot !== undefined) sayForgotten(logger, { config, outline, forgot, storage: recovered.state?.storageId });
    const state = config.isBlank && recovered.state !== undefined ? blank(recovered.state) : recovered.state;
    if (state !== recovered.state && state !== undefined) {
      await recovered.store.saveState(state);
      logger.log.warn({ storage: state.storageId }, 'storage.renewed');
    }
    // The start always reads the last segment. If there is no other, nothing was left out, and `verified` is never called.
    const wasAllRead = segments.scanned + segments.fromIndex <= 1;
    return { store: recovered.store, outline, state, isVerified: () => wasAllRead || isVerified, release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** Logs that the disk forgot. An operator must look at it, and if this is the only member, decide to go on with what is left. */
function sayForgotten(
  { log }: NodeLogger,
  what: { readonly config: Config; readonly outline: LogOutline; readonly forgot: Held; readonly storage: StorageId | undefined },
): void {
  const { config, outline, forgot, storage } = what;
  const isAlone = outline.list?.members.length === 1;
  const command = `rlog members remove ${config.serverId} --force --url ${config.advertisedUrl}`;
  log.error({ forgot, logEnd: outline.end.offset, storage, ...(isAlone ? { toGoOnWithoutIt: command } : {}) }, 'storage.forgot');
}

/** A restored or copied log is valid, but the promises and acknowledgements of its old storage id must not count for it. */
function blank(state: NodeState): NodeState {
  return { ...state, storageId: drawStorage() };
}

function drawStorage(): StorageId {
  return storageId(randomUUID());
}
