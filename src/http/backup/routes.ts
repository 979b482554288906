/** `GET /backup`: a consistent copy of the log, as far as this node knows it to be committed. */

import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { backupBytesHeader } from '../../api/headers.ts';
import { backupPath } from '../../api/paths.ts';
import { LogError } from '../../api/problems.ts';
import { offset } from '../../core/model/numbers.ts';
import type { Offset } from '../../core/model/numbers.ts';
import type { Driver } from '../../driver/driver.ts';
import { askingOf } from '../access/asking.ts';
import { audited } from '../access/audit.ts';
import type { AuditingNode } from '../access/audit.ts';
import { logHeaders } from '../read/log-mark.ts';
import type { ReadPacer } from '../read/read-pacer.ts';
import { readChoice, readCount, readQuery } from '../wire/query.ts';
import { LogBackup } from './log-backup.ts';

/** What this route needs of its node. */
export interface BackupNode extends AuditingNode {
  readonly driver: Driver;
  readonly readPacer: ReadPacer;
  readonly config: { readonly serverId: string };
}

export function backupRoutes(app: FastifyInstance, node: BackupNode): void {
  // A copy holds files that are to go, and takes its part of the disk and the processor.
  let isRunning = false;
  app.get(backupPath, async (request, reply) => {
    const query = readQuery(request.query, ['from', 'compression']);
    const compression = readChoice('compression', query.compression ?? 'zstd', ['zstd', 'none']);
    const from = query.from === undefined ? undefined : offset(readCount('from', query.from));
    checkPlace(node, from);
    const answer = { request, reply, from, isCompressed: compression === 'zstd' };
    if (request.method === 'HEAD') return reply.headers(headersOf(node, answer)).send(Readable.from([]));
    if (isRunning) throw new LogError('overloaded', 'another backup of this node is running', {});
    isRunning = true;
    return send(node, answer, () => (isRunning = false)).catch((error: unknown) => {
      isRunning = false;
      throw error;
    });
  });
}

interface Answer {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly from: Offset | undefined;
  readonly isCompressed: boolean;
}

/** @throws LogError */
function checkPlace({ driver }: BackupNode, from: Offset | undefined): void {
  const { clusterId, committedEnd, firstOffset } = driver;
  if (clusterId === null) throw new LogError('not-found', 'this node has no log yet', {});
  if (from === undefined) return;
  if (from < firstOffset) {
    const instead = 'take a whole backup instead of an increment';
    throw new LogError('trimmed', `entry ${from} was trimmed; the log begins at offset ${firstOffset}: ${instead}`, { firstOffset });
  }
  if (from > committedEnd)
    throw new LogError('not-committed', `entries before offset ${committedEnd} are committed here, and those up to ${from} are not`, {
      committedEnd,
    });
}

function headersOf({ driver }: BackupNode, { from, isCompressed }: Answer): Record<string, string> {
  const { clusterId, committedEnd } = driver;
  const range = `${from ?? driver.firstOffset}-${committedEnd}`;
  const file = `rlog-${clusterId?.slice(0, 8) ?? 'none'}-${range}.tar${isCompressed ? '.zst' : ''}`;
  return {
    ...logHeaders(driver),
    'content-type': isCompressed ? 'application/zstd' : 'application/x-tar',
    'content-disposition': `attachment; filename="${file}"`,
  };
}

/** @param over - called when it has ended in any way */
async function send(node: BackupNode, answer: Answer, over: () => void): Promise<FastifyReply> {
  const { request, reply, from, isCompressed } = answer;
  const headers = headersOf(node, answer);
  const backup = await LogBackup.begin({ ...node, from });
  void reply.headers({ ...headers, [backupBytesHeader]: String(backup.head.bytesExpected) });
  const asking = askingOf(request.raw);
  const bytes = await backup.stream({ isCompressed });
  const release = node.access.hold(asking, 'admin', (why) => bytes.destroy(why));
  const ended = new Promise<void>((resolve) => reply.raw.once('close', resolve));
  const carryOut = async (): Promise<LogBackup> => {
    await ended;
    release();
    bytes.destroy();
    await backup.close();
    over();
    return backup;
  };
  audited(node, request.raw, {
    event: 'audit.backup-taken',
    facts: { from: from ?? null },
    factsOf: ({ manifest }) => {
      if (manifest === undefined || !reply.raw.writableFinished) return { outcome: 'broken-off' };
      return { end: manifest.ends.offset, bytes: manifest.batches.bytes };
    },
    carryOut,
  }).catch((error: unknown) => request.log.error({ err: error }, 'request.failed'));
  return reply.send(bytes);
}
