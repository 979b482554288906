/** Waits until this node has an entry that the leader acknowledged: that very entry, not another one at its offset. */

import { epoch, offset } from '../../core/model/numbers.ts';
import type { Driver } from '../../driver/driver.ts';
import type { AppendResult } from '../../driver/requests.ts';
import { LogError } from '../../api/problems.ts';

type HoldingDriver = Pick<Driver, 'waitUntil' | 'standingOfComing' | 'durableEnd' | 'isStopped'>;

/** @param self - name of this node @throws LogError */
export async function untilHeld(
  driver: HoldingDriver,
  result: Pick<AppendResult, 'offset' | 'epoch' | 'acks'>,
  { timeoutMs, self }: { readonly timeoutMs: number; readonly self: string },
): Promise<void> {
  const entry = { epoch: epoch(result.epoch), offset: offset(result.offset) };
  const isCut = (): boolean => driver.standingOfComing(entry) === 'cut';
  const isHeld = (): boolean => driver.durableEnd > entry.offset && driver.standingOfComing(entry) === 'held';
  await driver.waitUntil(() => isHeld() || isCut(), timeoutMs);
  if (isHeld()) return;
  const facts = { offset: result.offset, epoch: result.epoch, acks: result.acks };
  if (isCut()) {
    throw new LogError('epoch-ended', `stored at offset ${result.offset} in epoch ${result.epoch}, and cut here by a later leader`, facts);
  }
  const still = { ...facts, waitingFor: [self] };
  if (driver.isStopped) {
    throw new LogError('stopped-while-waiting', `stored at offset ${result.offset}; this node shut down before it had a copy`, still);
  }
  throw new LogError('concern-timeout', `stored at offset ${result.offset}, but not on this node in time`, still);
}
