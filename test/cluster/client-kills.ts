/**
 * What clients see while leaders die: of three equal nodes the leader is killed, suspended or stopped, again and again, while
 * clients append and follow. No message may be missing, come twice or come out of order, and no call may fail.
 *
 * `node test/cluster/client-kills.ts --kills 50` reports how long appends and readers waited. A reader at a suspended node waits
 * for three of its heartbeats: `--heartbeat-ms` makes that shorter.
 */

import { parseArgs } from 'node:util';
import { LogClient } from '../../src/client/index.ts';
import type { Entry } from '../../src/client/index.ts';
import { startEqual } from '../support/nodes.ts';
import type { TestCluster, TestNode } from '../support/nodes.ts';
import { waitFor } from '../support/wait.ts';

const ends = ['kill', 'suspend', 'stop'] as const;
type End = (typeof ends)[number];

/** How many appends each writer has in flight, and the pause between two appends of one lane. */
const lanesPerWriter = 4;
const pauseMs = 5;
/** How many appends are acknowledged before the next leader dies. */
const appendsBetween = 100;

export interface Wait {
  readonly end: End;
  /** From the end of the leader to the next acknowledged append of each writer: the longest of these. */
  readonly appendMs: number;
  /** The same to the next entry that each follower received and that was appended since. */
  readonly followMs: number;
}

export interface KillsReport {
  readonly waits: readonly Wait[];
  readonly appended: number;
  readonly followed: readonly number[];
  /** What went wrong; empty if nothing did. */
  readonly mistakes: readonly string[];
}

interface Writer {
  readonly name: string;
  readonly client: LogClient;
  sent: number;
  readonly acknowledged: Map<string, number>;
}

interface Follower {
  readonly name: string;
  readonly entries: Entry<string>[];
}

class Run {
  readonly #cluster: TestCluster;
  readonly #writers: readonly Writer[];
  readonly #followers: Follower[] = [];
  readonly #over = new AbortController();
  readonly mistakes: string[] = [];
  #isOver = false;

  constructor(cluster: TestCluster) {
    this.#cluster = cluster;
    const urls = cluster.nodes.map(({ url }) => url);
    const [first = '', , last = ''] = urls;
    const given: readonly (readonly [string, string | readonly string[]])[] = [
      ['of all', urls],
      ['of one', last],
    ];
    this.#writers = given.map(([name, of]) => ({
      name,
      client: new LogClient({ urls: of, timeoutMs: 60_000 }),
      sent: 0,
      acknowledged: new Map(),
    }));
    for (const [name, of] of [
      ['of all', urls.toReversed()],
      ['of one', first],
    ] as const) {
      const follower: Follower = { name, entries: [] };
      this.#followers.push(follower);
      void this.#follow(follower, of);
    }
    for (const writer of this.#writers) for (let lane = 0; lane < lanesPerWriter; lane += 1) void this.#write(writer);
  }

  /** Ends the present leader in this way, and brings it back; resolves when the cluster is healthy again. */
  async round(end: End): Promise<Wait> {
    const before = this.#appended;
    await this.#wait('appends go through', () => this.#appended >= before + appendsBetween);
    const leader = await this.#leader();
    const endedAt = performance.now();
    const waits = Promise.all([this.#untilAllAppended(endedAt), this.#untilAllFollowed(endedAt)]);
    if (end === 'kill') await leader.kill();
    else if (end === 'stop') await leader.stop();
    else leader.signal('SIGSTOP');
    const [appendMs, followMs] = await waits;
    if (end === 'suspend') leader.signal('SIGCONT');
    else await leader.start();
    await this.#wait('all members are well', async () => (await this.#healthOf(await this.#leader()))['tolerates'] === 1);
    return { end, appendMs, followMs };
  }

  /** @returns how many messages were appended, and how many entries each follower received */
  async finish(): Promise<Pick<KillsReport, 'appended' | 'followed'>> {
    this.#isOver = true;
    await this.#wait('all that was sent is acknowledged', () =>
      this.#writers.every(({ sent, acknowledged }) => acknowledged.size === sent),
    );
    const log = await this.#readLog();
    for (const { name, entries } of this.#followers) {
      await this.#wait(`the follower ${name} has all`, () => entries.length >= log.length);
      const at = entries.findIndex((entry, index) => entry.offset !== index || entry.message !== log[index]?.message);
      if (at !== -1) this.mistakes.push(`the follower ${name} received ${JSON.stringify(entries[at])} instead of entry ${at}`);
    }
    for (const writer of this.#writers) this.#judge(writer, log);
    const sent = this.#writers.reduce((sum, writer) => sum + writer.sent, 0);
    if (log.length !== sent) this.mistakes.push(`${sent} messages were appended, and there are ${log.length} entries`);
    this.#over.abort(new Error('it is over'));
    return { appended: sent, followed: this.#followers.map(({ entries }) => entries.length) };
  }

  #judge({ name, acknowledged }: Writer, log: readonly Entry<string>[]): void {
    for (const [message, offset] of acknowledged) {
      if (log[offset]?.message !== message)
        this.mistakes.push(`"${message}" was acknowledged at ${offset}, where ${JSON.stringify(log[offset])} is`);
    }
    const numbers = log.flatMap(({ message }) => (message.startsWith(`${name} `) ? [Number(message.slice(name.length + 1))] : []));
    const at = numbers.findIndex((number, index) => number !== index + 1);
    if (at !== -1) this.mistakes.push(`message ${numbers[at]} of the writer ${name} is where ${at + 1} should be`);
  }

  async #write(writer: Writer): Promise<void> {
    while (!this.#isOver && this.mistakes.length === 0) {
      writer.sent += 1;
      const message = `${writer.name} ${writer.sent}`;
      try {
        writer.acknowledged.set(message, (await writer.client.append(message)).offset);
      } catch (error) {
        this.mistakes.push(`the append of "${message}" failed: ${String(error)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  async #follow({ name, entries }: Follower, urls: string | readonly string[]): Promise<void> {
    try {
      for await (const entry of new LogClient({ urls }).follow<string>({ signal: this.#over.signal })) entries.push(entry);
      this.mistakes.push(`the stream of the follower ${name} ended`);
    } catch (error) {
      if (!this.#over.signal.aborted) this.mistakes.push(`the follower ${name} failed: ${String(error)}`);
    }
  }

  async #readLog(): Promise<Entry<string>[]> {
    const log: Entry<string>[] = [];
    const client = new LogClient({ urls: this.#cluster.nodes.map(({ url }) => url) });
    for await (const page of client.read<string>({ level: 'linearizable' })) log.push(...page);
    return log;
  }

  get #appended(): number {
    return this.#writers.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0);
  }

  async #untilAllAppended(since: number): Promise<number> {
    const times = this.#writers.map(async (writer) => {
      // Appends in flight may have been stored before the leader's end, so one more than those is waited for.
      const enough = writer.acknowledged.size + lanesPerWriter + 1;
      await this.#wait(`the writer ${writer.name} goes on`, () => writer.acknowledged.size >= enough);
      return performance.now() - since;
    });
    return Math.max(...(await Promise.all(times)));
  }

  async #untilAllFollowed(since: number): Promise<number> {
    const first = Math.max(...this.#writers.map(({ sent }) => sent)) + lanesPerWriter;
    const names = this.#writers.map(({ name }) => `${name} `);
    const isNew = ({ message }: Entry<string>): boolean =>
      names.some((name) => message.startsWith(name) && Number(message.slice(name.length)) > first);
    const times = this.#followers.map(async ({ name, entries }) => {
      await this.#wait(`the follower ${name} goes on`, () => {
        const last = entries.at(-1);
        return last !== undefined && isNew(last);
      });
      return performance.now() - since;
    });
    return Math.max(...(await Promise.all(times)));
  }

  async #leader(): Promise<TestNode> {
    let leader: TestNode | undefined;
    await this.#wait('somebody leads', async () => {
      const standings = await Promise.all(this.#cluster.nodes.filter(({ isRunning }) => isRunning).map((node) => this.#healthOf(node)));
      leader = this.#cluster.nodes.find(({ id }) => standings.some(({ role, node }) => role === 'leader' && node === id));
      return leader !== undefined;
    });
    if (leader === undefined) throw new Error('nobody leads');
    return leader;
  }

  async #healthOf({ url }: TestNode): Promise<Record<string, unknown>> {
    const answer = await fetch(`${url}/health`, { signal: AbortSignal.timeout(5000) });
    return (await answer.json()) as Record<string, unknown>;
  }

  /** Fails at the first mistake, with that mistake. */
  async #wait(what: string, isMet: () => boolean | Promise<boolean>): Promise<void> {
    await waitFor(
      what,
      async () => {
        if (this.mistakes.length > 0) throw new Error(this.mistakes.join('\n'));
        return isMet();
      },
      60_000,
    );
  }
}

/** @param kills - in turn by kill -9, SIGSTOP and SIGTERM */
export async function runKills({
  kills,
  env = {},
  say = () => undefined,
}: {
  readonly kills: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly say?: (line: string) => void;
}): Promise<KillsReport> {
  await using cluster = await startEqual(3, { LOG_LEVEL: 'info', ...env });
  const run = new Run(cluster);
  const waits: Wait[] = [];
  for (let round = 0; round < kills; round += 1) {
    const wait = await run.round(ends[round % ends.length] ?? 'kill');
    waits.push(wait);
    say(
      `${String(round + 1).padStart(3)} ${wait.end.padEnd(8)} appends after ${Math.round(wait.appendMs)} ms, readers after ${Math.round(wait.followMs)} ms`,
    );
  }
  const finished = await run.finish();
  return { waits, ...finished, mistakes: run.mistakes };
}

function summary({ waits, appended, followed, mistakes }: KillsReport): string {
  const lines = ends.map((end) => {
    const of = waits.filter((wait) => wait.end === end);
    const [appends, readers] = [of.map(({ appendMs }) => appendMs), of.map(({ followMs }) => followMs)];
    return `${end.padEnd(8)}${String(of.length).padStart(4)} times   appends ${spread(appends)}   readers ${spread(readers)}`;
  });
  const outcome = mistakes.length === 0 ? 'nothing was missing, came twice, came out of order or failed' : mistakes.join('\n');
  return [...lines, `${appended} messages appended; the followers received ${followed.join(' and ')} entries`, outcome].join('\n');
}

function told(ms = NaN): string {
  return String(Math.round(ms)).padStart(5);
}

function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  return `median ${told(sorted[sorted.length >> 1])} ms, longest ${told(sorted.at(-1))} ms`;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { kills: { type: 'string', default: '50' }, 'heartbeat-ms': { type: 'string', default: '5000' } },
  });
  const report = await runKills({
    kills: Number(values.kills),
    env: { LISTENER_HEARTBEAT_MS: values['heartbeat-ms'] },
    say: (line) => process.stdout.write(`${line}\n`),
  });
  process.stdout.write(`\n${summary(report)}\n`);
  process.exit(report.mistakes.length === 0 ? 0 : 1);
}
