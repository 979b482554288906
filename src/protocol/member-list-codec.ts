/** Member lists as bytes. They are JSON, because they are few and small, and people who look into a log want to read them. */

import type { MemberList } from '../core/model/members.ts';
import { batchNumber, nodeId, storageId } from '../core/model/numbers.ts';
import { isCount, isListOf, isMaybe, isObjectWith, isText } from './shape.ts';

const isStoredList = isObjectWith({
  members: isListOf(isObjectWith({ id: isText, storageId: isMaybe(isText), url: isText, since: isCount })),
  removed: isListOf(isText),
  founder: isText,
});

export function encodeMemberList(list: MemberList): Uint8Array {
  return Buffer.from(JSON.stringify(list), 'utf8');
}

/** @throws SyntaxError or TypeError for anything that `encodeMemberList` did not write */
export function decodeMemberList(bytes: Buffer): MemberList {
  return parseMemberList(JSON.parse(bytes.toString('utf8')));
}

/** @throws TypeError */
export function parseMemberList(parsed: unknown): MemberList {
  if (!isStoredList(parsed)) throw new TypeError('a member list has missing or invalid fields');
  return {
    members: parsed.members.map((member) => ({
      id: nodeId(member.id),
      storageId: member.storageId === null ? null : storageId(member.storageId),
      url: member.url,
      since: batchNumber(member.since),
    })),
    removed: parsed.removed.map(nodeId),
    founder: nodeId(parsed.founder),
  };
}
