/** Member lists as bytes: JSON, since they are few, small, and read by people who look into a log. */

import type { Member, MemberList } from '../core/members.ts';
import { batchNumber, nodeId, storageId } from '../core/numbers.ts';

export function encodeMemberList(list: MemberList): Uint8Array {
  return Buffer.from(JSON.stringify(list), 'utf8');
}

/** @throws SyntaxError or TypeError for anything that `encodeMemberList` did not write */
export function decodeMemberList(bytes: Buffer): MemberList {
  const parsed = JSON.parse(bytes.toString('utf8')) as MemberList;
  const members = parsed.members.map(
    (member): Member => ({
      id: nodeId(String(member.id)),
      storageId: member.storageId === null ? null : storageId(String(member.storageId)),
      url: String(member.url),
      since: batchNumber(Number(member.since)),
    }),
  );
  return { members, removed: parsed.removed.map((id) => nodeId(String(id))), founder: nodeId(String(parsed.founder)) };
}
