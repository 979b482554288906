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
        find: 'this.#keys = await Promise.all(secrets.map(keyOf));',
        replace: 'this.#keys = [...this.#keys, ...(await Promise.all(secrets.map(keyOf)))];',
      },
    ],
    tests: ['src/trust/peer-channel.test.ts'],
  },
  {
    name: 'a node that nobody named counts',
    edits: [{ file: 'core/leader/member-changes.ts', find: 'return isByHand || ', replace: 'return true || isByHand || ' }],
    tests: secretTests,
  },
];
