/**
 * Checks a batch from another node before it is stored. Besides what every decoding checks: that each message is one JSON
 * value, and that a member list is valid.
 */

import type { Batch } from '../core/model/batch.ts';
import { isSound } from '../core/model/members.ts';
import type { MemberList } from '../core/model/members.ts';
import { isDrawnId, isMemberName, isNodeName } from '../core/model/names.ts';
import { BatchDamaged, decodeBatch, messageBounds } from './batch-codec.ts';
import { isJson } from './is-json.ts';
import { isNodeUrl } from './shape.ts';

/** @throws BatchDamaged, UnknownFormat, and SyntaxError or TypeError for what should be a member list */
export function decodeForeignBatch(bytes: Buffer): Batch {
  const batch = decodeBatch(bytes);
  if (batch.memberList !== undefined) checkList(batch.memberList);
  if (batch.entryCount > 0) checkMessages(batch);
  return batch;
}

/** @throws BatchDamaged */
function checkMessages(batch: Batch): void {
  const bounds = messageBounds(batch);
  for (let index = 0; index < bounds.length; index += 2) {
    if (!isJson(batch.bytes, bounds[index] ?? 0, bounds[index + 1] ?? 0)) {
      throw new BatchDamaged(`entry ${batch.baseOffset + index / 2} is not one JSON value`);
    }
  }
}

/** @throws BatchDamaged */
function checkList(list: MemberList): void {
  const areNamed = list.members.every(
    ({ id, storageId, url }) => (storageId === null ? isMemberName(id) : isNodeName(id) && isDrawnId(storageId)) && isNodeUrl(url),
  );
  const isRight = areNamed && list.members.length > 0 && list.removed.every(isMemberName) && isNodeName(list.founder) && isSound(list);
  if (!isRight) throw new BatchDamaged('its member list is not valid');
}
