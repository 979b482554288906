/** Asks a node of ours, over HTTP or HTTPS. Each request has a connection of its own: the node may be another process than before. */

import { get as getPlain } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { get as getSecure } from 'node:https';

/** What a client needs to reach a node. */
export interface Reach {
  readonly token?: string;
  /** Certificate (PEM) of the authority that signed the node's: it serves HTTPS. */
  readonly ca?: string;
}

/** @returns once the head of the answer is there; its body is still to be read */
export function ask(url: string, { token, ca }: Reach = {}, headers: Readonly<Record<string, string>> = {}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const shown = token === undefined ? headers : { ...headers, authorization: `Bearer ${token}` };
    const options = { agent: false, headers: shown } as const;
    const call = ca === undefined ? getPlain(url, options, resolve) : getSecure(url, { ...options, ca }, resolve);
    call.once('error', reject);
  });
}

export async function bodyOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  answer.setEncoding('utf8');
  for await (const piece of answer) text += piece as string;
  return text;
}
