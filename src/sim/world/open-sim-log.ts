/** Opens the log of a simulated node, as a start does, and compares what the start knows of it with what was written. */

import type { NodeState } from '../../core/model/events.ts';
import { LogOutline } from '../../core/log/log-outline.ts';
import { storageId } from '../../core/model/numbers.ts';
import type { NodeId } from '../../core/model/numbers.ts';
import { recover } from '../../storage/recovery.ts';
import { MemoryLog } from '../../storage/memory-log.ts';
import type { NodePlan } from './plan.ts';
import { checkOutline, pristineBatches } from './pristine-log.ts';
import type { Random } from './random.ts';
import { ShadowedLog } from './shadowed-log.ts';
import type { LogWatch } from './shadowed-log.ts';
import type { SimDisk } from './sim-disk.ts';
import { idempotency } from './sim-options.ts';
import type { World } from './world.ts';

const segmentBytesMax = 4096;
/** Few enough that old copies are removed in many runs. */
const cutBytesMax = 8192;

interface Parts {
  readonly world: World;
  readonly plan: NodePlan;
  readonly random: Random;
  readonly disk: SimDisk;
  readonly watch: Omit<LogWatch, 'untilReadable'>;
  readonly logged: (what: string, facts: Readonly<Record<string, unknown>>) => void;
}

interface Opened {
  readonly log: ShadowedLog;
  readonly outline: LogOutline;
  readonly state: NodeState | undefined;
}

/** @throws what recovery throws on this folder */
export async function openSimLog(node: { readonly id: NodeId; readonly isInMemory: boolean }, parts: Parts): Promise<Opened> {
  const { world, plan, random, disk, watch, logged } = parts;
  // While a disk hangs, only what is in memory can be read.
  const logWatch = { ...watch, untilReadable: () => world.until(() => !disk.isStalled) };
  if (node.isInMemory) {
    const opened = {
      store: new MemoryLog({ freedBytesMin: segmentBytesMax, idempotency }),
      outline: new LogOutline(idempotency),
      state: undefined,
      batches: [],
    };
    return { ...opened, log: ShadowedLog.over(opened, logWatch) };
  }
  const recovered = await recover(disk.mount(), {
    node: node.id,
    drawStorageId: () => storageId(random.id()),
    segmentBytesMax,
    recentBytesMax: plan.recentBytesMax,
    cutCopies: { bytesMax: cutBytesMax },
    idempotency,
    verified: (verified) => logged('log.verified', { ...verified }),
  });
  const { store, outline, state, forgot, segments, tornBytes, isTornTailKept } = recovered;
  logged('log.recovered', { ...segments });
  if (forgot !== undefined) logged('storage.forgot', { forgot, batches: outline.end.number, isAtStart: true });
  if (tornBytes > 0) logged(isTornTailKept ? 'log.torn-tail-waits-for-room' : 'log.torn-tail-cut', { bytes: tornBytes });
  const stored = pristineBatches(disk, isTornTailKept ? tornBytes : 0);
  const { base, shape } = outline;
  const before = watch.known.before({ number: stored[0]?.number ?? base.number }, shape.starts);
  const batches = [...before, ...stored];
  if (base.number > 0) logged('log.begins-at-checkpoint', { base: base.offset });
  checkOutline(outline, batches, idempotency);
  return { log: ShadowedLog.over({ store, state, batches }, logWatch), outline, state };
}
