/** A running cluster gets another secret and other tokens, node by node under load: nothing is restarted, and no append fails. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { Mesh } from '../cluster/mesh.ts';
import { ask } from '../support/api.ts';
import { EventStream } from '../support/events.ts';
import { Follower, Load, assertStoredOnceInOrder } from '../support/load.ts';
import { onlyLong } from '../support/long.ts';
import { TestCluster } from '../support/nodes.ts';
import type { TestNode } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';
import { runRlog } from '../support/rlog.ts';
import { healthy, replaceFile } from '../support/rolling.ts';
import { waitFor } from '../support/wait.ts';

const [oldSecret, newSecret] = ['the secret that was there before', 'the secret that takes its place'];
const boss = 'token-of-the-operator-01';
const leaving = { read: 'token-that-leaves-read-1', append: 'token-that-leaves-append' };
const coming = { read: 'token-that-comes-read-01', append: 'token-that-comes-append1' };

/** Three equal nodes that reach each other over links, each with a file of secrets and one of tokens for itself. */
class Rotated implements AsyncDisposable {
  readonly cluster = new TestCluster();
  readonly #mesh: Mesh;

  private constructor(mesh: Mesh) {
    this.#mesh = mesh;
  }

  static async start({ secrets, tokens }: { readonly secrets: readonly string[]; readonly tokens?: readonly string[] }): Promise<Rotated> {
    const places: { readonly id: string; readonly port: number }[] = [];
    for (const id of ['n1', 'n2', 'n3']) places.push({ id, port: await freePort() });
    const made = new Rotated(await Mesh.open(places));
    try {
      const urls = places.map(({ id }) => made.#mesh.urlOf(id));
      for (const [index, { id, port }] of places.entries()) {
        const env = {
          SERVER_ID: id,
          NODES: urls.join(','),
          ADVERTISED_URL: urls[index] ?? '',
          CLUSTER_SECRET_FILE: made.file(id, 'secrets'),
        };
        replaceFile(made.file(id, 'secrets'), secrets.join('\n'));
        if (tokens !== undefined) replaceFile(made.file(id, 'tokens'), tokens.join('\n'));
        const more = tokens === undefined ? {} : { API_TOKENS_FILE: made.file(id, 'tokens') };
        made.cluster.add({ kind: 'node', port, env: { ...env, ...more } }).spawn();
      }
      for (const node of made.nodes) await node.serves();
      await healthy(made.cluster, boss);
      return made;
    } catch (error) {
      await made[Symbol.asyncDispose]();
      throw error;
    }
  }

  get nodes(): readonly TestNode[] {
    return this.cluster.nodes;
  }

  get urls(): string[] {
    return this.nodes.map(({ url }) => url);
  }

  file(id: string, what: 'secrets' | 'tokens'): string {
    return join(this.cluster.folder, `${id}.${what}`);
  }

  /** Resolves when the node says that it has read it. */
  async give(node: TestNode, what: 'secrets' | 'tokens', lines: readonly string[]): Promise<void> {
    const event = `${what}.changed`;
    const { length } = node.events(event);
    replaceFile(this.file(node.id, what), `${lines.join('\n')}\n`);
    await waitFor(`${node.id} has read its ${what}`, () => node.events(event).length > length);
  }

  /** Breaks all connections between the nodes: those that take their place are proved with what the nodes have by now. */
  reconnect(): void {
    for (const { id } of this.nodes) this.#mesh.reset(id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cluster[Symbol.asyncDispose]();
    await this.#mesh[Symbol.asyncDispose]();
  }
}

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

async function messagesFrom(node: TestNode): Promise<unknown[]> {
  const { json } = await ask(node, '/messages?read=linearizable', { headers: bearer(boss) });
  return json['messages'] as unknown[];
}

function promote(node: TestNode, id: string, secret: string): ReturnType<typeof runRlog> {
  return runRlog(['promote', id, '--url', node.url], { env: { CLUSTER_SECRET: secret } });
}

for (const [name, options, atOnce] of [
  ['first at one node and then at the others', {}, [1, 2]],
  ['one node after the other', onlyLong, [1, 1, 1]],
] as const) {
  /** Does it at so many nodes at once, and goes on when all nodes reach each other in the state in between. */
  const atEach = async (nodes: readonly TestNode[], load: Load, act: (node: TestNode) => Promise<void>): Promise<void> => {
    let done = 0;
    for (const count of atOnce) {
      await Promise.all(nodes.slice(done, done + count).map(act));
      done += count;
      await load.reachesAll();
    }
  };

  test(
    `the secret is replaced in two rounds, ${name}, and connections begin anew in between: no append fails, and then only the new one opens`,
    onlyLong,
    async (t) => {
      await using rotated = await Rotated.start({ secrets: [oldSecret] });
      const { cluster, nodes, urls } = rotated;
      const [n1, n2, n3] = nodes as [TestNode, TestNode, TestNode];
      await using load = new Load({ name: 'rotated', urls });
      await using follower = new Follower({ urls: urls.toReversed() });
      await load.goesOn();
      for (const secrets of [[newSecret, oldSecret], [newSecret]]) {
        await atEach(nodes, load, async (node) => {
          await rotated.give(node, 'secrets', secrets);
          rotated.reconnect();
          await load.goesOn();
        });
      }
      const promoted = await promote(n1, 'n2', newSecret);
      assert.equal(promoted.status, 0, promoted.stderr);
      const refused = await promote(n1, 'n1', oldSecret);
      assert.deepEqual([refused.status, /has another CLUSTER_SECRET/.test(refused.stderr)], [4, true], refused.stderr);

      await n3.stop();
      await n3.start();
      await healthy(cluster);
      await n1.stop();
      replaceFile(rotated.file('n1', 'secrets'), oldSecret);
      await n1.start();
      for (const other of [n2, n3]) {
        await waitFor(`${other.id} refuses it`, () =>
          other
            .events('stream.refused')
            .some(({ caller, reason }) => caller === 'n1' && reason === 'the caller has another CLUSTER_SECRET'),
        );
      }
      await load.goesOn();
      assert.equal((await ask(n1, '/ready')).status, 503);
      await rotated.give(n1, 'secrets', [newSecret]);
      await healthy(cluster);
      await load.goesOn();

      await load.stop();
      t.diagnostic(load.report);
      const stored = await messagesFrom(n1);
      assertStoredOnceInOrder(stored, [load]);
      await follower.hears(stored);
    },
  );

  test(
    `tokens are replaced, ${name}: no append fails, and within five seconds the old ones are refused, in open streams, too`,
    options,
    async (t) => {
      const lines = ({ read, append }: typeof leaving): string[] => [`reader read ${read}`, `writer append ${append}`];
      const always = `boss admin ${boss}`;
      await using rotated = await Rotated.start({ secrets: [newSecret], tokens: [always, ...lines(leaving)] });
      const { nodes, urls } = rotated;
      let current = leaving;
      await using load = new Load({ name: 'rotated', urls, token: () => current.append });
      await using follower = new Follower({ urls: urls.toReversed(), token: () => current.read });
      await load.goesOn();
      await atEach(nodes, load, async (node) => {
        await rotated.give(node, 'tokens', [always, ...lines(leaving), ...lines(coming)]);
        rotated.reconnect();
        assert.equal((await ask(node, '/messages/0', { headers: bearer(coming.read) })).status, 200);
        await load.goesOn();
      });
      current = coming;
      await load.goesOn();
      await atEach(nodes, load, async (node) => {
        using stream = await EventStream.open(node, '', bearer(leaving.read));
        await stream.hears(1);
        replaceFile(rotated.file(node.id, 'tokens'), [always, ...lines(coming)].join('\n'));
        await waitFor('the stream with the old one is over', () => stream.isClosed, 5000);
        assert.equal(stream.end?.data['code'], 'unauthorized');
        const asked = { headers: { 'content-type': 'application/json', ...bearer(leaving.append) }, body: '{"message":"late"}' };
        assert.equal((await ask(node, '/messages', { method: 'POST', ...asked })).json['code'], 'unauthorized');
        assert.equal((await ask(node, '/messages/0', { headers: bearer(leaving.read) })).json['code'], 'unauthorized');
        rotated.reconnect();
        await load.goesOn();
      });
      await load.stop();
      t.diagnostic(load.report);
      const stored = await messagesFrom(nodes[0] ?? assert.fail());
      assertStoredOnceInOrder(stored, [load]);
      await follower.hears(stored);
    },
  );
}
