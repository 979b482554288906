/** Who asks, and what it may: of a token, of a node, or of whoever showed nothing; and how a node tells another for whom it asks. */

import { isNodeName } from '../core/model/names.ts';

/** `admin` includes the others; `append` does not include `read`. */
export const scopes = ['read', 'append', 'admin'] as const;
export type Scope = (typeof scopes)[number];

export interface Caller {
  /** Of its token, or of the node; for the log. */
  readonly name: string;
  readonly scopes: readonly Scope[];
}

const anyoneName = 'anyone';
const secretName = 'cluster-secret';

/** Who showed nothing, where nothing has to be shown. */
export const anyone: Caller = { name: anyoneName, scopes };
/** The same where changes of the cluster need proof of its secret. */
export const anyoneWithoutProof: Caller = { name: anyoneName, scopes: ['read', 'append'] };

export function mayDo({ scopes: granted }: Caller, scope: Scope): boolean {
  return granted.includes(scope) || granted.includes('admin');
}

export function isScope(text: string): text is Scope {
  return (scopes as readonly string[]).includes(text);
}

/** No token is called like somebody who has none. */
export function isTokenName(text: string): boolean {
  return isNodeName(text) && text !== anyoneName && text !== secretName;
}

/** A node that asks for itself, or a person with the secret of the cluster. @param node - as it calls itself */
export function callerWithSecret(node: string | undefined): Caller {
  const name = node !== undefined && isNodeName(node) ? `node:${node}` : secretName;
  return { name, scopes: ['admin'] };
}

/** A node, or a person with the secret of the cluster. */
export function isOfNode({ name }: Caller): boolean {
  return name === secretName || name.startsWith('node:');
}

/** Whether it showed nothing: what it may is for each node to say. */
export function isAnyone({ name }: Caller): boolean {
  return name === anyoneName;
}

/** For a header: `ops-laptop;read,append`, or `anyone`. */
export function callerText(caller: Caller): string {
  return isAnyone(caller) ? anyoneName : `${caller.name};${caller.scopes.join(',')}`;
}

/** @returns `undefined` for what `callerText` does not write */
export function readCaller(text: string): Caller | undefined {
  if (text === anyoneName) return anyone;
  const [, name, list = ''] = /^([\w.:-]{1,80});([a-z,]{1,40})$/.exec(text) ?? [];
  const granted = list.split(',');
  return name !== undefined && name !== anyoneName && granted.every(isScope) ? { name, scopes: granted } : undefined;
}
