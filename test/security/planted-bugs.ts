/** Planted bugs of security: each opens a door, and names the tests that must find it open. */

import type { Edit } from '../../src/sim/mutants/mutant.ts';

export interface PlantedBug {
  /** What the changed program does wrong, as a sentence. */
  readonly name: string;
  /** Several where more than one guard stands in the door. */
  readonly edits: readonly Edit[];
  /** Test files, from the root of the repository. */
  readonly tests: readonly string[];
}

const secretTests = ['test/acceptance/cluster-secret.test.ts'];
const tokenTests = ['test/acceptance/tokens.test.ts'];
const peersTests = ['test/security/peers.test.ts'];
const passedOnTests = ['test/acceptance/tokens-passed-on.test.ts'];

export const plantedBugs: readonly PlantedBug[] = [
  {
    name: 'a certificate passes for the secret',
    edits: [
      {
        file: 'trust/peer-channel.ts',
        find: "checkServerIdentity: () => new Error('it showed a certificate instead of knowing the secret'),",
        replace: 'checkServerIdentity: () => undefined, rejectUnauthorized: false,',
      },
      {
        file: 'trust/peer-channel.ts',
        find: 'if (Object.keys(channel.getPeerCertificate()).length > 0)',
        replace: 'if (channel.destroyed)',
      },
    ],
    tests: ['src/trust/peer-channel.test.ts'],
  },
  {
    name: 'a node that offers to prove the secret is taken before it has',
    edits: [
      {
        file: 'http/upgrade.ts',
        find: 'if (!proves) return accept(socket, head);',
        replace: 'if (!isForRequests) return accept(socket, head);',
      },
    ],
    tests: secretTests,
  },
  {
    name: 'what somebody says of his cluster without a proof is believed',
    edits: [{ file: 'io/peer-upgrade.ts', find: 'reject(secrets.isSet && !acceptsInsecure ?', replace: 'reject(timeoutMs < 0 ?' }],
    tests: secretTests,
  },
  {
    name: 'who has yet to prove the secret hears who the members are',
    edits: [
      { file: 'http/upgrade.ts', find: 'return isForRequests || isToProve ? undefined', replace: 'return isForRequests ? undefined' },
    ],
    tests: secretTests,
  },
  {
    name: 'who makes up names fills the log',
    edits: [{ file: 'trust/said-once.ts', find: 'if (kinds >= kindsPerSourceMax) return;', replace: '' }],
    tests: secretTests,
  },
  {
    name: 'a frame that cannot be read ends the node',
    edits: [
      {
        file: 'driver/peer-links.ts',
        find: "this.#parts.emit({ level: 'error', event: 'stream.broken', facts: { stream: id, reason: String(error) } });",
        replace: 'throw error;',
      },
    ],
    tests: peersTests,
  },
  {
    name: 'frames in the clear are taken after the proof was offered',
    edits: [
      {
        file: 'http/upgrade.ts',
        find: 'if (!proves) return accept(socket, head);',
        replace: 'if (!proves || head.length > 0) return accept(socket, head);',
      },
    ],
    tests: peersTests,
  },
  {
    name: 'a node without the secret is taken',
    edits: [
      {
        file: 'http/upgrade.ts',
        find: 'if (secrets.isSet && !isToProve && (isForRequests || !acceptsInsecure))',
        replace: 'if (secrets.isSet && !isToProve && isForRequests)',
      },
      {
        file: 'http/wire/node-headers.ts',
        find: 'return !this.#secrets.isSet || this.#acceptsInsecure || isProven(socket);',
        replace: 'return true;',
      },
    ],
    tests: secretTests,
  },
  {
    name: 'a node that refused the proof is asked without it',
    edits: [{ file: 'io/channel-agent.ts', find: ' || refusedWithSecret.has(error.code))', replace: ')' }],
    tests: ['src/io/channel-agent.test.ts'],
  },
  {
    name: 'what a node was refused for once hides every other reason',
    edits: [{ file: 'http/upgrade.ts', find: 'refusal.code, reasonOf(refused), cluster', replace: 'refusal.code, cluster' }],
    tests: secretTests,
  },
  {
    name: 'headers of nodes count on any connection',
    edits: [
      {
        file: 'http/wire/node-headers.ts',
        find: 'return !this.#secrets.isSet || this.#acceptsInsecure || isProven(socket);',
        replace: 'return true;',
      },
    ],
    tests: secretTests,
  },
  {
    name: 'a secret that was taken out of use is still accepted',
    edits: [
      {
        file: 'trust/cluster-secrets.ts',
        find: 'this.#keys = keys;',
        replace: 'this.#keys = [...this.#keys, ...keys];',
      },
    ],
    tests: ['src/trust/peer-channel.test.ts'],
  },
  {
    name: 'a secret that was replaced comes back, as its keys took longer',
    edits: [{ file: 'trust/cluster-secrets.ts', find: 'if (replacement === this.#replacements) ', replace: '' }],
    tests: ['src/trust/cluster-secrets.test.ts'],
  },
  {
    name: 'a node uses no other secret than its first',
    edits: [
      {
        file: 'trust/cluster-secrets.ts',
        find: 'return this.#keys.find(({ name }) => names.includes(name));',
        replace: 'return this.#keys.slice(0, 1).find(({ name }) => names.includes(name));',
      },
    ],
    tests: ['test/acceptance/rotation.test.ts'],
  },
  {
    name: 'a node that nobody named counts',
    edits: [{ file: 'core/members/consent.ts', find: 'return isByHand || ', replace: 'return true || isByHand || ' }],
    tests: secretTests,
  },
  {
    name: 'a page that reads passes for a program by the name that it gives itself',
    edits: [{ file: 'http/wire/cross-site.ts', find: ' || readsLikeBrowser(method, headers);', replace: ';' }],
    tests: ['src/http/wire/cross-site.test.ts'],
  },
  {
    name: 'a member tells pages what other nodes do',
    edits: [{ file: 'http/nodes/remote-activity.ts', find: 'if (!isJsonText(data)) return broken(noEvents);', replace: '' }],
    tests: ['src/http/nodes/remote-activity.test.ts'],
  },
  {
    name: 'a stranger fills the log',
    edits: [{ file: 'trust/said-once.ts', find: 'if (left === 0) return;', replace: '' }],
    tests: ['src/trust/said-once.test.ts'],
  },
  {
    name: 'the comparison of a token stops at the first that is equal',
    edits: [
      {
        file: 'trust/tokens.ts',
        find: 'const same = this.#entries.map((entry) => timingSafeEqual(entry.digest, digest));',
        replace:
          'const at = this.#entries.findIndex((entry) => timingSafeEqual(entry.digest, digest));\n    const same = this.#entries.map((_entry, index) => index === at);',
      },
    ],
    tests: ['src/trust/tokens.test.ts'],
  },
  {
    name: 'tokens are compared byte by byte',
    edits: [
      {
        file: 'trust/tokens.ts',
        find: 'timingSafeEqual(entry.digest, digest)',
        replace: 'timingSafeEqual(digest, digest) && entry.digest.equals(digest)',
      },
      {
        file: 'trust/tokens.ts',
        find: 'const same = this.#entries.map((entry) =>',
        replace: 'const same = this.#entries.map((entry) => entry.digest[0] === digest[0] &&',
      },
    ],
    tests: ['src/trust/tokens.test.ts'],
  },
  {
    name: 'one route asks for no scope',
    edits: [{ file: 'http/access/scopes.ts', find: "'GET /history': 'read'", replace: "'GET /history': 'open'" }],
    tests: tokenTests,
  },
  {
    name: 'whoever may append hears what all nodes do',
    edits: [{ file: 'http/access/scopes.ts', find: "'GET /activities': 'read'", replace: "'GET /activities': 'token'" }],
    tests: tokenTests,
  },
  {
    name: 'what is forwarded together is taken from whoever sends it',
    edits: [
      {
        file: 'http/append/appends-together.ts',
        find: ' && this.#node.nodeHeaders.mayBeUsedOn(request.socket)',
        replace: '',
      },
    ],
    tests: secretTests,
  },
  {
    name: 'the quick path of appends asks for no token',
    edits: [
      {
        file: 'http/append/quick-append.ts',
        find: 'if (error instanceof LogError) return error;',
        replace: 'if (error instanceof LogError) return anyone;',
      },
    ],
    tests: tokenTests,
  },
  {
    name: 'of two lengths of a plain append the last one counts',
    edits: [
      { file: 'http/plain/head-reader.ts', find: ' || seen.has(name)', replace: '' },
      { file: 'http/append/plain-request.ts', find: 'if (bodyBytes !== undefined || !', replace: 'if (!' },
    ],
    tests: ['test/security/plain.test.ts'],
  },
  {
    name: 'what comes behind a plain append is read as its body',
    edits: [
      {
        file: 'http/plain/plain-connection.ts',
        find: 'else if (missing < 0 || read.head.bodyBytes > bodyBytesMax) this.#leave(bytes);',
        replace: 'else if (missing < 0) this.#take(read.head, [bytes.subarray(read.bytes)], bytes);',
      },
    ],
    tests: ['test/security/plain.test.ts'],
  },
  {
    name: 'a registration by POST /replicate needs no more than an append',
    edits: [{ file: 'http/compatibility.ts', find: "node.access.check(askingOf(request.raw), 'admin');", replace: '' }],
    tests: tokenTests,
  },
  {
    name: 'what a caller says of itself is believed on any connection',
    edits: [{ file: 'http/access/access.ts', find: 'if (isProven(socket)) {', replace: 'if (isProven(socket) || caller !== undefined) {' }],
    tests: tokenTests,
  },
  {
    name: 'a connection passes for one of the node to itself by where it begins',
    edits: [
      {
        file: 'http/access/own-connections.ts',
        find: 'const texts = [opener, accepter].map(textOf);',
        replace: 'const texts = [opener, accepter].map(textOf).slice(0, 1);',
      },
    ],
    tests: ['src/http/access/own-connections.test.ts'],
  },
  {
    name: 'a node passes on its own rights where its client has none',
    edits: [
      {
        file: 'http/access/access.ts',
        find: 'return forwardedBy === undefined ? this.#callerWithSecret(asking) : this.#withoutToken;',
        replace: 'return this.#callerWithSecret(asking);',
      },
    ],
    tests: passedOnTests,
  },
  {
    name: 'a node tells another one what its client says of itself',
    edits: [
      {
        file: 'http/nodes/proxy.ts',
        find: "  'cache-control',\n  'content-encoding',",
        replace: "  'cache-control',\n  'rlog-caller',\n  'content-encoding',",
      },
      {
        file: 'http/nodes/node-call.ts',
        find: '{ ...call.headers, [nodeHeader]: self, ...callerHeaders(caller) }',
        replace: '{ ...callerHeaders(caller), ...call.headers, [nodeHeader]: self }',
      },
    ],
    tests: passedOnTests,
  },
  {
    name: 'of two tokens in one request the first counts',
    edits: [{ file: 'http/server.ts', find: "    ['authorization', 'Authorization'],\n", replace: '' }],
    tests: tokenTests,
  },
  {
    name: 'keys are put into a folder that was there',
    edits: [
      {
        file: 'cli/init.ts',
        find: 'const draft = mkdtempSync(join(dirname(folder), `.${basename(folder)}.`));',
        replace: 'const draft = join(dirname(folder), `.${basename(folder)}.${process.pid}`);\n  makeFolder(draft, privateFolder);',
      },
    ],
    tests: ['src/cli/init.test.ts'],
  },
  {
    name: 'a request to a leader that does not answer in HTTP waits for ever',
    edits: [{ file: 'http/leader/leader-exchange.ts', find: '    onUnanswered(call, fail);\n', replace: '' }],
    tests: ['src/http/leader/leader-client.test.ts'],
  },
  {
    name: 'streams go on when their token is gone',
    edits: [{ file: 'http/read/follow.ts', find: '(why) => listener.end(why)', replace: '() => undefined' }],
    tests: tokenTests,
  },
  {
    name: 'lists go on when their token is gone',
    edits: [{ file: 'http/read/list.ts', find: 'list.destroy(over.reason);', replace: 'list.pause();' }],
    tests: tokenTests,
  },
  {
    name: 'a balancer without a token hears who the members are',
    edits: [{ file: 'http/health.ts', find: '? health : { status: health.status }', replace: '? health : health' }],
    tests: tokenTests,
  },
];
