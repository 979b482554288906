/** Asks all nodes of a cluster how they are: each through the node that answers, or else at its own address. */

import { setTimeout as pause } from 'node:timers/promises';
import type { Health, Member, NodeAddress } from '../api/health.ts';
import { healthPath, pathOfNode } from '../api/paths.ts';
import { CliError } from './cli-error.ts';
import type { NodeReport } from './doctor/report.ts';
import { askWithin } from './http-client.ts';
import { printable } from '../observe/printable.ts';

/** Nodes answer this at once, whatever else they do; one that is asked through another one has a little longer. */
const withinMs = 3000;
/** After this time, a node is asked at its own address as well. */
const patienceMs = 700;
/** `Date` has whole seconds: on average half of one has passed. */
const dateStepMs = 1000;

export interface Answer {
  readonly health: Health;
  readonly clockAheadMs: number | undefined;
}

/** @throws CliError */
export async function answerAt(url: string, path: `/${string}` = healthPath, within = withinMs): Promise<Answer> {
  const sentAt = Date.now();
  const { json, date } = await askWithin(url, path, within);
  const health = json as Health;
  if (typeof health.node !== 'string' || !Array.isArray(health.members))
    throw new CliError(`${url} says only "${health.status}" without a token; RLOG_TOKEN, or --token-file, says which token to show`);
  const at = Date.parse(date ?? '');
  const clockAheadMs = Number.isNaN(at) ? undefined : at + dateStepMs / 2 - (sentAt + Date.now()) / 2;
  return { health, clockAheadMs };
}

/** The health of the leader, asked through the node at `url`; or else `own`, that node's health. */
export async function leadersView(url: string, own: Health): Promise<Health> {
  const { leader } = own;
  if (leader === null || leader.id === own.node) return own;
  const { health } = await reportOf(url, leader, own.node);
  return (health as Health | undefined) ?? own;
}

/** @param self - the node at `url` */
export function reportsOf(url: string, members: readonly Member[], self: string): Promise<NodeReport[]> {
  return Promise.all(members.map((member) => reportOf(url, member, self)));
}

/** Another node answers at the address of the one that was asked. */
class OtherNode extends CliError {
  readonly node: string;

  constructor(url: string, node: string) {
    super(`at ${url} answers ${node}`);
    this.node = node;
  }
}

/** One node; a failure is part of the report. */
async function reportOf(url: string, { id, url: itsUrl }: NodeAddress, self: string): Promise<NodeReport> {
  const named = { id, url: itsUrl };
  try {
    const answer = await (id === self ? answerAt(url) : answerOf(url, named));
    return { ...named, ...answer, silence: undefined, instead: undefined };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    const instead = error instanceof OtherNode ? error.node : undefined;
    return { ...named, health: undefined, clockAheadMs: undefined, silence: sentenceOf(error), instead };
  }
}

/** Why a node was not heard, for a sentence: without a code, and in one line. */
export function sentenceOf({ refusal, message }: CliError): string {
  return printable(refusal?.detail ?? message);
}

/**
 * Through the node at `url`; or else at its own address, which is tried as soon as that fails, or takes long.
 * @throws CliError with what the node said that could not reach it
 */
async function answerOf(url: string, { id, url: itsUrl }: NodeAddress): Promise<Answer> {
  const through = answerAt(url, pathOfNode(id, healthPath)).then((answer) => needNode(answer, id, itsUrl));
  const isThere = await Promise.race([through.then(Boolean, () => false), pause(patienceMs, false, { ref: false })]);
  if (isThere) return through;
  try {
    const direct = answerAt(itsUrl, healthPath, withinMs - patienceMs).then((answer) => needNode(answer, id, itsUrl));
    return await Promise.any([through, direct]);
  } catch {
    // What the other node said tells more than what this machine saw.
    return through;
  }
}

/** @throws OtherNode */
function needNode(answer: Answer, id: string, url: string): Answer {
  if (answer.health.node === id) return answer;
  throw new OtherNode(url, answer.health.node);
}
