/** A master and two secondaries, or three equal nodes, in folders of their own. Remembers what was acknowledged, to check it on the nodes. */

import { CheckFailed } from '../check-failed.ts';
import { assertNoFailures } from '../load-values.ts';
import type { Reach } from '../ask.ts';
import type { LoadResult, LoadTarget } from '../load/plan.ts';
import { Verification } from '../verification.ts';
import { waitFor } from '../wait.ts';
import type { Workspace } from '../workspace.ts';
import type { RunningContestant } from './contestant.ts';
import type { Security } from './our-security.ts';
import { OurNode } from './our-node.ts';

/** With a long log, a start may take long. */
const startMs = 300_000;

export interface OurClusterOptions {
  /** The program: this checkout's, or another commit's. */
  readonly rlogPath: string;
  /** Equal nodes: the first founds the cluster, and leads until something happens to it. */
  readonly isElected?: boolean;
  /** None: plain HTTP, and nothing is asked of anybody. */
  readonly security?: Security;
  /** For all nodes. */
  readonly env?: Readonly<Record<string, string>>;
  readonly leaderEnv?: Readonly<Record<string, string>>;
  /** For the secondaries, in their order. */
  readonly secondaryEnv?: readonly Readonly<Record<string, string>>[];
  /** Secondaries that are members and are started later, by their index. */
  readonly isLate?: readonly number[];
  readonly secondaryCount?: number;
}

export class OurCluster implements RunningContestant {
  readonly folder: string;
  readonly leader: OurNode;
  readonly secondaries: readonly OurNode[];
  readonly #workspace: Workspace;
  readonly #reach: Reach;
  readonly #verification = new Verification();
  #completeAt = 0;

  private constructor(workspace: Workspace, options: OurClusterOptions, ports: readonly number[]) {
    this.#workspace = workspace;
    this.folder = workspace.makeFolder('ours');
    const { rlogPath, env = {}, isElected = false, security } = options;
    const reach = security?.reach ?? {};
    this.#reach = reach;
    const urls = ports.map((port) => `http${reach.ca === undefined ? '' : 's'}://127.0.0.1:${port}`);
    const names = ports.map((_, index) => (isElected ? `n${index + 1}` : index === 0 ? 'master' : `s${index}`));
    const nodes = names.map((name, index) => {
      const own = index === 0 ? options.leaderEnv : options.secondaryEnv?.[index - 1];
      const others = isElected ? { NODES: urls.join(','), ADVERTISED_URL: urls[index] ?? '' } : namedBy(urls, index);
      const folder = workspace.makeFolder(name);
      return new OurNode(workspace, {
        name,
        kind: isElected ? 'node' : index === 0 ? 'master' : 'secondary',
        rlogPath,
        port: ports[index] ?? 0,
        folder,
        reach,
        env: { SECONDARY_HOST: '127.0.0.1', ...security?.env, ...env, ...others, ...own },
      });
    });
    const [leader, ...secondaries] = nodes;
    if (leader === undefined) throw new Error('a cluster has a leader');
    this.leader = leader;
    this.secondaries = secondaries;
  }

  static async start(workspace: Workspace, options: OurClusterOptions): Promise<OurCluster> {
    const cluster = new OurCluster(workspace, options, await workspace.freePorts(1 + (options.secondaryCount ?? 2)));
    await cluster.#spawn(cluster.secondaries.filter((_, index) => options.isLate?.includes(index) !== true));
    return cluster;
  }

  /** Stops all nodes properly and starts them again. */
  async restart(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
    await this.#spawn(this.secondaries);
  }

  async #spawn(secondaries: readonly OurNode[]): Promise<void> {
    for (const node of secondaries) node.spawn();
    for (const node of secondaries) await node.serves(startMs);
    this.leader.spawn();
    await this.leader.isReady(startMs);
  }

  get nodes(): readonly OurNode[] {
    return [this.leader, ...this.secondaries];
  }

  get target(): LoadTarget {
    return this.targetWith('majority');
  }

  /** Its clients know only this one. */
  get followerTarget(): LoadTarget {
    const [follower] = this.secondaries;
    if (follower === undefined) throw new Error('there is no follower');
    return { kind: 'http', port: follower.spec.port, w: 'majority', ...this.#reach };
  }

  get leaderPid(): number {
    return this.leader.pid;
  }

  targetWith(w: string | number): LoadTarget {
    return { kind: 'http', port: this.leader.spec.port, w, ...this.#reach };
  }

  check(): void {
    for (const node of this.nodes) node.check();
  }

  /** Later loads must use other generators. @throws CheckFailed */
  async verify(results: readonly LoadResult[], options: { readonly deadlineMs?: number } = {}): Promise<void> {
    for (const result of results) {
      assertNoFailures('ours', result);
      this.#verification.expect(result);
    }
    await this.haveAll(this.nodes, options.deadlineMs);
    this.#completeAt = performance.now();
    await this.#verification.run(this.nodes);
  }

  /** Waits until these nodes hold everything that is expected or was verified before. @throws CheckFailed */
  async haveAll(nodes: readonly OurNode[], deadlineMs = 60_000): Promise<void> {
    const { expectedCount } = this.#verification;
    for (const node of nodes) {
      const name = node.spec.name;
      await waitFor(
        `${name} has ${expectedCount} messages`,
        async () => {
          node.check();
          return (await node.health()).message_count >= expectedCount;
        },
        deadlineMs,
      ).catch(async (cause: unknown) => {
        node.check();
        const { message_count: count } = await node.health();
        throw new CheckFailed(`${name} holds ${count} messages of ${expectedCount} that were acknowledged`, { cause });
      });
    }
  }

  /** How long after this moment every node held everything that was verified last time. */
  completeAfterMs(moment: number): number {
    return this.#completeAt - moment;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill()));
    for (const node of this.nodes) this.#workspace.removeFolder(node.spec.folder);
    this.#workspace.removeFolder(this.folder);
  }
}

/** The variables by which the master and its secondaries find each other. */
function namedBy(urls: readonly string[], index: number): Record<string, string> {
  return index === 0 ? { SECONDARIES: urls.slice(1).join(',') } : { MASTER_URL: urls[0] ?? '' };
}
