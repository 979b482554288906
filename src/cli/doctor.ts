/** `rlog doctor`: asks all nodes, and says in sentences what is wrong, or will be. */

import type { Health } from '../api/health.ts';
import { healthPath, pathOfNode } from '../api/paths.ts';
import { counted } from '../api/wording.ts';
import { withoutPassword } from '../client/base-url.ts';
import { answerAt, leadersView, reportsOf, sentenceOf } from './all-nodes.ts';
import { answeringNode, isChosen } from './any-node.ts';
import { CliError } from './cli-error.ts';
import type { Finding } from './doctor/finding.ts';
import { findingsIn } from './doctor/findings.ts';
import type { BadPath, ClusterReport, NamedAddress, NodeReport } from './doctor/report.ts';
import { exitCodes } from './exit-codes.ts';
import { needUrls } from './log-client.ts';
import { say, sayJson } from './print.ts';

interface DoctorOptions {
  readonly url: string;
  readonly json?: boolean;
  /** Whether a risk is a failure as well. */
  readonly strict?: boolean;
}

const page = 'docs/operations.md';

/** The exit code is `rejected` if something is wrong. @throws CliError if no node answers */
export async function doctor({ url, json, strict }: DoctorOptions): Promise<void> {
  const report = await clusterReport(url);
  const findings = findingsIn(report);
  const isFailure = findings.some(({ level }) => level === 'wrong' || strict === true);
  process.exitCode = isFailure ? exitCodes.rejected : exitCodes.done;
  const shown = findings.map((finding) => ({ ...finding, see: `${page}#${finding.see}` }));
  if (json === true) return sayJson({ cluster: report.health.cluster, asked: report.nodes.map(nodeJson), findings: shown });
  say(...findingLines(shown), summaryLine(report, findings));
}

function nodeJson({ id, url, health, silence }: NodeReport): object {
  return { id, url, answers: health !== undefined, silence: silence ?? null };
}

function findingLines(findings: readonly Finding[]): string[] {
  return findings.flatMap(({ code, level, sentence, remedy, see }) => [
    `${level}: ${sentence} (${code})`,
    `  do: ${remedy}`,
    `  see ${see}`,
    '',
  ]);
}

function summaryLine({ nodes }: ClusterReport, findings: readonly Finding[]): string {
  const answering = nodes.filter(({ health }) => health !== undefined).length;
  const asked = `${answering} of ${counted(nodes.length, 'node')} answered`;
  const wrong = findings.filter(({ level }) => level === 'wrong').length;
  const risks = findings.length - wrong;
  if (findings.length === 0) return `${asked}: nothing is wrong`;
  return `${asked}: ${wrong === 0 ? 'nothing is wrong' : `${counted(wrong, 'thing')} wrong`}, ${counted(risks, 'risk')}`;
}

/** @throws CliError if no node answers */
async function clusterReport(text: string): Promise<ClusterReport> {
  const { url, health: own } = await answeringNode(text);
  const health = await leadersView(url, own);
  const nodes = await reportsOf(url, health.members.length === 0 ? [selfOf(own, url)] : health.members, own.node);
  const [badPaths, named] = await Promise.all([badPathsOf(url, own.node, nodes), namedAddresses(text)]);
  return { health, nodes, badPaths, named, now: Date.now() };
}

/** A node without a cluster has no members yet, and is one that can be asked. */
function selfOf({ node }: Health, url: string): Health['members'][number] {
  return { id: node, url: withoutPassword(url), state: 'joining', health: null, durableEnd: null, lagEntries: null, lagMs: null };
}

/** Each node that was heard is asked to reach each other one that was, at the address by which it knows it. */
async function badPathsOf(url: string, self: string, nodes: readonly NodeReport[]): Promise<BadPath[]> {
  const found = await Promise.all(
    nodes.map(async (from) => {
      if (from.health === undefined) return [];
      const at = from.id === self ? url : from.url;
      if (from.id !== self && !(await isAt(at, from.id))) return [];
      return Promise.all(nodes.filter(({ id, health }) => id !== from.id && health !== undefined).map((to) => badPath(at, from.id, to)));
    }),
  );
  return found.flat().flatMap((path) => path ?? []);
}

/** Whether this machine reaches the node at its address: a name may lead elsewhere from here. */
async function isAt(url: string, id: string): Promise<boolean> {
  try {
    return (await answerAt(url)).health.node === id;
  } catch (error) {
    if (error instanceof CliError) return false;
    throw error;
  }
}

/** Problems with which a node says that it did not reach another one. */
const notReached: ReadonlySet<string | undefined> = new Set(['node-unreachable', 'forward-failed']);

async function badPath(url: string, from: string, to: NodeReport): Promise<BadPath | undefined> {
  const path = { from, to: to.id, url: to.url };
  try {
    const { health } = await answerAt(url, pathOfNode(to.id, healthPath));
    return health.node === to.id ? undefined : { ...path, found: { node: health.node } };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return notReached.has(error.refusal?.code) ? { ...path, found: { problem: sentenceOf(error) } } : undefined;
  }
}

/** The addresses that the user named, if there are several. The one that answered first was asked already. */
async function namedAddresses(text: string): Promise<NamedAddress[]> {
  const urls = isChosen(text) ? needUrls(text) : [];
  if (urls.length < 2) return [];
  return Promise.all(
    urls.map(async (url) => {
      const shown = withoutPassword(url);
      try {
        return { url: shown, cluster: (await answerAt(url)).health.cluster, silence: undefined };
      } catch (error) {
        if (!(error instanceof CliError)) throw error;
        return { url: shown, cluster: undefined, silence: sentenceOf(error) };
      }
    }),
  );
}
