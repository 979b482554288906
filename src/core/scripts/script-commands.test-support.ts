/**
 * The commands of interaction scripts, and what each prints. testdata/README.md explains the commands to readers; a test checks
 * that it has all of them.
 */

import type { ReplicaEvent } from '../model/events.ts';
import { requestId } from '../model/numbers.ts';
import { ScriptCluster } from './script-cluster.test-support.ts';
import type { PrintedLine } from './script-cluster.test-support.ts';
import { entryBytes } from './script-disk.test-support.ts';
import type { ScriptDisk } from './script-disk.test-support.ts';
import type { Block, Command } from './script.test-support.ts';
import { isWriteConcern } from '../model/write-concern.ts';
import type { WriteConcern } from '../../api/entries.ts';

/** Carries out a command. @returns the node that it is about, if it is about one */
type Action = (command: Command) => string | undefined;

export class ScriptRunner {
  readonly #cluster = new ScriptCluster();
  readonly #lines: string[] = [];
  #requests = 0;
  readonly #actions: ReadonlyMap<string, Action> = new Map<string, Action>([
    ['cluster', (command) => this.#found(command)],
    ['start', (command) => this.#start(command)],
    ['offer', (command) => this.#withNode(command, (name) => this.#cluster.node(name).offerLeadership())],
    ['append', (command) => this.#append(command)],
    ['remove', (command) => this.#remove(command)],
    ['trim', (command) => this.#trim(command)],
    ['write', (command) => this.#withDisk(command, (disk) => disk.write())],
    ['flush', (command) => this.#withDisk(command, (disk) => disk.flush())],
    ['stall', (command) => this.#withDisk(command, (disk) => stall(disk, true))],
    ['unstall', (command) => this.#withDisk(command, (disk) => stall(disk, false))],
    ['save', (command) => this.#withDisk(command, (disk) => disk.save())],
    ['read', (command) => this.#withNode(command, (name) => this.#cluster.node(name).read())],
    ['deliver', (command) => this.#deliver(command)],
    ['connect', (command) => this.#withLink(command, (from, to) => this.#cluster.connect(from, to))],
    ['break', (command) => this.#withLink(command, (from, to) => this.#cluster.breakLink(from, to))],
    ['heal', (command) => this.#withLink(command, (from, to) => this.#cluster.healLink(from, to))],
    ['tick', (command) => this.#withNode(command, (name) => this.#cluster.node(name).tick(numberOf(command.args[1])))],
    ['clock', (command) => this.#withNode(command, (name) => this.#cluster.node(name).setClock(numberOf(command.args[1])))],
    ['crash', (command) => this.#withNode(command, (name) => this.#cluster.crash(name))],
    ['wipe', (command) => this.#withNode(command, (name) => this.#cluster.node(name).disk.wipe())],
    ['forget', (command) => this.#withNode(command, (name) => this.#cluster.node(name).disk.forget(numberOf(command.args[1])))],
    ['restart', (command) => this.#withNode(command, (name) => this.#cluster.node(name).start())],
    ['settle', (command) => this.#settle(command)],
    ['status', (command) => this.#status(command)],
  ]);

  get verbs(): string[] {
    return [...this.#actions.keys()];
  }

  /** @returns the lines that the commands print */
  run(block: Block): string[] {
    const subjects = new Set<string | undefined>();
    const printed: (PrintedLine | string)[] = [];
    for (const command of block.commands) {
      const action = this.#actions.get(command.verb);
      if (action === undefined) throw new Error(`there is no command ${command.verb}`);
      subjects.add(action(command));
      printed.push(...this.#cluster.takeLines(), ...this.#lines.splice(0));
    }
    const [subject] = subjects.size === 1 ? subjects : [];
    const lines = printed.map((line) => {
      if (typeof line === 'string') return line;
      return line.node === subject ? line.text : `${line.node}: ${line.text}`;
    });
    return lines.length === 0 ? ['nothing'] : lines;
  }

  /** Most scripts begin with a founded cluster. The founding itself has scripts of its own. */
  #found({ args, options }: Command): undefined {
    const [master = '', ...secondaries] = args;
    for (const name of secondaries) this.#startNode(name, options);
    this.#startNode(master, options, secondaries);
    this.#cluster.settle(args);
    this.#cluster.takeLines();
    return this.#status({ args });
  }

  #start({ args, options }: Command): string {
    const [name = '', role] = args;
    this.#startNode(name, options, role === 'master' ? (options.get('secondaries')?.split(',') ?? []) : undefined);
    return name;
  }

  /** @param secondaries - `undefined` if the node is not a master */
  #startNode(name: string, options: Command['options'], secondaries?: readonly string[]): void {
    this.#cluster.add({
      name,
      isMaster: secondaries !== undefined,
      secondaries: secondaries ?? [],
      windowBytes: entryBytes * numberOf(options.get('window') ?? '1000'),
      recentBatches: numberOf(options.get('recent') ?? '1000'),
    });
    this.#cluster.node(name).start();
  }

  #append({ args, options }: Command): string {
    const [name = '', ...labels] = args;
    const key = options.get('key');
    const appends = labels.map((label) => {
      this.#requests += 1;
      const request = {
        requestId: requestId(this.#requests),
        entryCount: 1,
        byteCount: entryBytes,
        concern: { w: wOf(options.get('w')), timeoutMs: numberOf(options.get('timeout') ?? '30000') },
        key:
          key === undefined
            ? undefined
            : { fingerprint: sixteenBytes(key), digest: sixteenBytes(options.get('message') ?? label), entryCount: 1 },
      };
      return { label, request };
    });
    this.#cluster.node(name).append(appends);
    return name;
  }

  #remove({ args, options }: Command): string {
    const [name = '', member = ''] = args;
    this.#requests += 1;
    this.#cluster.node(name).remove(requestId(this.#requests), member, numberOf(options.get('timeout') ?? '10000'));
    return name;
  }

  #trim({ args, options }: Command): string {
    const [name = '', before] = args;
    this.#requests += 1;
    this.#cluster.node(name).trim(requestId(this.#requests), numberOf(before), numberOf(options.get('timeout') ?? '10000'));
    return name;
  }

  #deliver({ args }: Command): string {
    const [from = '', to = '', count] = args;
    this.#cluster.deliver(from, to, count === undefined ? undefined : numberOf(count));
    return to;
  }

  /** Prints only what can be seen from outside: answers, with `notes` the log too, and the status of the nodes at the end. */
  #settle({ args, options }: Command): undefined {
    const named = args.filter((arg) => arg !== 'notes');
    const names = named.length === 0 ? undefined : named;
    this.#cluster.settle(names, numberOf(options.get('for') ?? '0'));
    const seen = this.#cluster.takeLines().filter(({ kind }) => kind === 'answer' || (kind === 'note' && args.includes('notes')));
    this.#lines.push(...seen.map(({ node, text }) => `${node}: ${text}`));
    return this.#status({ args: named });
  }

  #status({ args }: Pick<Command, 'args'>): undefined {
    const names = args.length === 0 ? this.#cluster.names : args;
    this.#lines.push(...names.map((name) => this.#cluster.node(name).status()));
    return undefined;
  }

  #withNode({ args }: Command, act: (name: string) => void): string {
    const [name = ''] = args;
    act(name);
    return name;
  }

  /** Lets the disk do something, and reports it to its node. */
  #withDisk(command: Command, act: (disk: ScriptDisk) => readonly ReplicaEvent[]): string {
    return this.#withNode(command, (name) => {
      const node = this.#cluster.node(name);
      node.turn(act(node.disk));
    });
  }

  #withLink({ args }: Command, act: (from: string, to: string) => void): string {
    const [from = '', to = ''] = args;
    act(from, to);
    return from;
  }
}

function stall(disk: ScriptDisk, isStalled: boolean): readonly ReplicaEvent[] {
  disk.isStalled = isStalled;
  return [];
}

function numberOf(word: string | undefined): number {
  const value = Number(word);
  if (word === undefined || !Number.isSafeInteger(value) || value < 0) throw new Error(`${word ?? 'nothing'} is no number`);
  return value;
}

function wOf(word = 'majority'): WriteConcern {
  const w = /^\d+$/.test(word) ? Number(word) : word;
  if (!isWriteConcern(w)) throw new Error(`${word} is no write concern`);
  return w;
}

/** Takes the place of a hash: the words in scripts differ in their first 16 bytes. */
function sixteenBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text.padEnd(16).slice(0, 16));
}
