/**
 * Opens a connection to another node for something else than a request: asks for an upgrade and, where this node has a
 * secret, has both ends prove it before anything else is said.
 */

import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { BlockList, LookupFunction } from 'node:net';
import type { Duplex } from 'node:stream';
import { parseProblem } from '../api/problems.ts';
import { proofHeader } from '../api/headers.ts';
import { replicatePath } from '../api/paths.ts';
import { DialRefused } from '../ports/ports.ts';
import type { ClusterSecrets } from '../trust/cluster-secrets.ts';
import { proveToReceiver } from '../trust/peer-channel.ts';
import { readText } from './http-request.ts';
import { inWords } from './in-words.ts';
import { OuterAgent, outerRequest } from './outer-request.ts';
import type { Trust } from './outer-request.ts';

export interface PeerReach {
  /** How names are resolved; as the system does it without it. */
  readonly lookup?: LookupFunction | undefined;
  /** Where a node is dialed that is known by this URL. */
  readonly addressOf: (url: string) => string;
  /** Addresses that are not connected to for this URL. */
  readonly blockListOf?: (url: string) => BlockList | undefined;
  readonly secrets: ClusterSecrets;
  /** Whether a node that proves nothing is spoken with as well. */
  readonly acceptsInsecure: boolean;
  /** For addresses with `https:`; by default the authorities of the system are trusted. */
  readonly tls?: Trust | undefined;
}

export interface Upgraded {
  readonly socket: Duplex;
  /** Bytes that came with the answer already. */
  readonly head: Buffer;
}

interface UpgradeCall {
  /** The address itself. */
  readonly address: string;
  /** What it is asked to speak, the best first. */
  readonly upgrade: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Addresses that are not connected to, whatever the name resolves to. */
  readonly blockList: BlockList | undefined;
  /** URL by which the node is known. */
  readonly knownAs: string | undefined;
}

/** @throws DialRefused, NotProven, or an error that says what failed */
export async function openUpgraded(call: UpgradeCall, reach: PeerReach): Promise<Upgraded> {
  const { secrets, acceptsInsecure } = reach;
  const headers: Record<string, string> = { ...call.headers };
  if (secrets.isSet) headers[proofHeader] = secrets.names.join(',');
  const { socket, head, known } = await askForUpgrade({ ...call, headers }, reach);
  if (!secrets.isSet) return { socket, head };
  if (known === undefined && acceptsInsecure) return { socket, head };
  try {
    if (known === undefined) throw notProving(call.address, 'does not prove that it belongs to the cluster: it has no CLUSTER_SECRET');
    const key = secrets.sharedWith(known);
    if (key === undefined) throw notProving(call.address, 'has another CLUSTER_SECRET');
    if (head.length > 0) throw notProving(call.address, 'speaks before it has proved the secret');
    return { socket: await proveToReceiver(socket, key), head };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function notProving(address: string, what: string): DialRefused {
  return new DialRefused(`the node at ${address} ${what}`, { code: 'proof-required', facts: {} });
}

/** @returns with the names of the keys that the other side has; `undefined` if it proves nothing */
function askForUpgrade(
  { address, upgrade, headers, timeoutMs, ...way }: UpgradeCall,
  { lookup, tls, secrets, acceptsInsecure }: PeerReach,
): Promise<Upgraded & { readonly known: readonly string[] | undefined }> {
  return new Promise((resolve, reject) => {
    const options = { headers: { ...headers, connection: 'Upgrade', upgrade }, agent: new OuterAgent({}, tls) };
    const call = outerRequest(new URL(replicatePath, address), options, { ...way, lookup });
    const timer = setTimeout(() => call.destroy(new Error(`${address} did not answer within ${timeoutMs} ms`)), timeoutMs);
    call.once('upgrade', (answer: IncomingMessage, socket: Duplex, head: Buffer) => {
      clearTimeout(timer);
      if (socket instanceof Socket) socket.setNoDelay(true);
      const known = answer.headers[proofHeader];
      resolve({ socket, head, known: known === undefined ? undefined : String(known).split(',') });
    });
    call.once('response', (answer) => {
      readText(answer).then((text) => {
        clearTimeout(timer);
        const refusal = refusalOf(address, answer.statusCode ?? 0, text);
        // Whoever answered has proved nothing: what he says of his cluster decides nothing.
        reject(secrets.isSet && !acceptsInsecure ? new DialRefused(refusal.message, { code: refusal.code, facts: {} }) : refusal);
      }, reject);
    });
    call.once('error', (error) => {
      clearTimeout(timer);
      const cause = inWords(error);
      reject(new Error(`${address}: ${cause.message}`, { cause }));
    });
    call.end();
  });
}

function refusalOf(address: string, status: number, text: string): DialRefused {
  const problem = parseProblem(text);
  const detail = problem?.detail ?? `${address} answered ${status} instead of a replication stream`;
  return new DialRefused(detail, { code: problem?.code, facts: problem?.facts ?? {} });
}
