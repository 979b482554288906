/** What the storage of this node has done: which parts of the core hear of it, and in which order. */

import { unreachable } from './model/assert.ts';
import type { ReplicaEvent } from './model/events.ts';
import type { Follower } from './follower/follower.ts';
import type { Introductions } from './introductions.ts';
import type { NodeContext } from './node/context.ts';
import type { StalledDisk } from './node/stalled-disk.ts';
import type { RoleChange } from './model/role-change.ts';
import type { Roles } from './roles.ts';

/** Events about finished work on the disk. */
type StorageReport = Extract<
  ReplicaEvent,
  {
    kind:
      | 'stateSaved'
      | 'written'
      | 'flushed'
      | 'writeRefused'
      | 'roomFound'
      | 'roomMeasured'
      | 'logCut'
      | 'located'
      | 'fed'
      | 'rebased'
      | 'surveyed'
      | 'checkpointReceived'
      | 'checkpointInstalled';
  }
>;

interface Parts {
  readonly context: NodeContext;
  readonly roles: Roles;
  readonly follower: Follower;
  readonly disk: StalledDisk;
  readonly introductions: Introductions;
}

export class StorageReports {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** @returns what this changes in who leads */
  reported(event: StorageReport): RoleChange | undefined {
    const { context, roles, follower, disk, introductions } = this.#parts;
    const { leader, candidate } = roles;
    switch (event.kind) {
      case 'stateSaved':
        context.promises.saved(event.version);
        follower.stateSaved();
        return candidate?.worked();
      case 'written':
        disk.written(event.end);
        leader?.written(event.end);
        candidate?.recovery.written(event.end);
        break;
      case 'flushed':
        context.outline.flushed(event.end);
        follower.flushed();
        leader?.flushed();
        return candidate?.worked();
      case 'writeRefused':
        return roles.writeRefused(event);
      case 'roomFound':
        if (context.room.found()) follower.roomFound();
        break;
      case 'roomMeasured':
        if (context.room.measured(event.freeBytes, context.outline.end.offset) && context.room.short === undefined) follower.roomFound();
        break;
      case 'logCut':
        context.outline.cutDone({ id: event.cutId, ...event });
        disk.written(event.point.number);
        introductions.logCut(event.cutId);
        follower.session?.logCut(event.cutId);
        // Giving up its log may have made it a candidate.
        roles.candidate?.recovery.logCut(event.cutId);
        return roles.candidate?.worked();
      case 'located':
        follower.session?.located(event.locateId, event.offset);
        candidate?.recovery.located(event.locateId, event.offset);
        return candidate?.worked();
      case 'fed':
        leader?.followers.fed(event.stream, event);
        follower.source.fed(event.stream, event.feedId, event.end);
        break;
      case 'rebased':
        context.outline.rebased(event.base);
        context.out.emit('info', 'log.rebased', { base: event.base.offset, firstOffset: context.outline.controls.firstOffset });
        leader?.followers.rebased(event.base);
        break;
      case 'surveyed':
        leader?.decisions.surveyed(event.survey);
        break;
      case 'checkpointReceived':
        follower.session?.checkpointReceived(event.fetchId, event.position);
        candidate?.recovery.checkpointReceived(event.fetchId, event.position);
        break;
      case 'checkpointInstalled':
        return this.#installed(event);
      default:
        unreachable(event);
    }
    return undefined;
  }

  #installed({ cutId, checkpoint }: Extract<StorageReport, { kind: 'checkpointInstalled' }>): RoleChange | undefined {
    const { context, roles, follower, disk } = this.#parts;
    const isDone = checkpoint !== undefined;
    context.outline.replaced(cutId, checkpoint);
    if (isDone) disk.written(checkpoint.base.number);
    else context.out.emit('error', 'checkpoint.refused', { logEnd: context.outline.end.offset });
    follower.session?.checkpointInstalled(cutId, isDone);
    follower.source.start();
    roles.candidate?.recovery.checkpointInstalled(cutId, isDone);
    return roles.candidate?.worked();
  }
}
