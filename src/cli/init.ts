/** `rlog init`: makes what a cluster with TLS, a secret and tokens needs, and says how it is used. */

import { randomBytes, X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isWildcard, nodeUrlIn } from '../config/addresses.ts';
import { makeFolder } from '../io/make-folder.ts';
import { privateFolder } from '../io/private-modes.ts';
import { Authority } from '../trust/authority.ts';
import type { Issued } from '../trust/authority.ts';
import { scopes } from '../trust/caller.ts';
import { hashedToken } from '../trust/tokens.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import { drawToken } from './new-token.ts';
import { say } from './print.ts';

export interface InitOptions {
  readonly nodes?: string;
  readonly days: string;
  readonly renew?: boolean;
}

interface NodePlan {
  readonly url: string;
  /** Of its folder, and by which it is known to the others. */
  readonly name: string;
  readonly host: string;
}

const privateFile = 0o600;
const authorityDays = 3650;
/** Under which somebody on a node's own machine asks it. */
const hostsAtHome: readonly string[] = ['localhost', '127.0.0.1', '::1'];
const client = 'client';
const authorityFolder = 'authority';

/** @throws CliError */
export async function init(folder: string, { nodes = '', days: daysGiven, renew = false }: InitOptions): Promise<void> {
  const days = needDays(daysGiven);
  const plans = nodesIn(nodes);
  if (renew) return renewAll(folder, plans, days);
  if (plans.length === 0) throw new CliError('--nodes must list the URLs of the nodes, like https://n1.example:5000', exitCodes.usage);
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new CliError(`${folder} is not empty, and nothing in it is overwritten; --renew makes new certificates from its authority`);
  }
  await makeAll(folder, plans, days);
  explain(folder, plans);
}

/** Whole, or not at all. */
async function makeAll(folder: string, plans: readonly NodePlan[], days: number): Promise<void> {
  makeFolder(dirname(folder));
  // Of a name that nobody can guess: in a folder like /tmp somebody could have made it, and would own it.
  const draft = mkdtempSync(join(dirname(folder), `.${basename(folder)}.`));
  const put = (path: string, text: string): void => {
    makeFolder(join(draft, dirname(path)), privateFolder);
    writeFileSync(join(draft, path), text, { mode: privateFile, flag: 'wx' });
  };
  try {
    const { authority, files } = await Authority.make('Replicated Log', authorityDays);
    put(`${authorityFolder}/ca.pem`, files.certificate);
    put(`${authorityFolder}/ca-key.pem`, files.key);
    const tokens = scopes.map((scope) => ({ scope, token: drawToken() }));
    const secret = randomBytes(32).toString('base64url');
    const tokenLines = tokens.map(({ scope, token }) => `${scope} ${scope} ${hashedToken(token)}\n`).join('');
    for (const { name, host } of plans) {
      putPair(put, name, await authority.issue({ name, hosts: hostsOf(host), days }));
      put(`${name}/ca.pem`, files.certificate);
      put(`${name}/cluster-secret`, `${secret}\n`);
      put(`${name}/tokens`, tokenLines);
    }
    putPair(put, client, await authority.issue({ name: client, hosts: [], days }));
    put(`${client}/ca.pem`, files.certificate);
    for (const { scope, token } of tokens) put(`${client}/${scope}.token`, `${token}\n`);
    renameSync(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** New keys and certificates: for the nodes in the folder, for the client, and for nodes that are new. */
async function renewAll(folder: string, added: readonly NodePlan[], days: number): Promise<void> {
  const read = (path: string): string => {
    try {
      return readFileSync(join(folder, path), 'utf8');
    } catch (cause) {
      throw new CliError(
        `${folder} is not a folder that rlog init made: ${cause instanceof Error ? cause.message : String(cause)}`,
        undefined,
        {
          cause,
        },
      );
    }
  };
  const certificate = read(`${authorityFolder}/ca.pem`);
  const authority = await Authority.open({ certificate, key: read(`${authorityFolder}/ca-key.pem`) });
  const put = (path: string, text: string): void => {
    makeFolder(join(folder, dirname(path)), privateFolder);
    writeFileSync(join(folder, `${path}.new`), text, { mode: privateFile });
    renameSync(join(folder, `${path}.new`), join(folder, path));
  };
  const there = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'cert.pem')));
  const [example] = there.filter((name) => name !== client);
  if (example === undefined) throw new CliError(`${folder} has no node whose secret and tokens another one could have`);
  for (const name of there) {
    const hosts = hostsIn(new X509Certificate(read(`${name}/cert.pem`)));
    putPair(put, name, await authority.issue({ name, hosts, days }));
    say(`${join(folder, name)}: a new certificate, for ${days} days`);
  }
  for (const { name, host } of added.filter((plan) => !there.includes(plan.name))) {
    putPair(put, name, await authority.issue({ name, hosts: hostsOf(host), days }));
    for (const file of ['ca.pem', 'cluster-secret', 'tokens']) put(`${name}/${file}`, read(`${example}/${file}`));
    say(`${join(folder, name)}: new`);
  }
}

function putPair(put: (path: string, text: string) => void, name: string, { certificate, key }: Issued): void {
  put(`${name}/cert.pem`, certificate);
  put(`${name}/key.pem`, key);
}

function explain(folder: string, plans: readonly NodePlan[]): void {
  const urls = plans.map(({ url }) => url).join(',');
  say(`# ${join(folder, authorityFolder)} is needed only to make further certificates (rlog init DIR --renew): keep it apart.`);
  for (const { url, name } of plans) {
    const own = join(folder, name);
    const { port, hostname } = new URL(url);
    say(
      '',
      `# ${name}: its folder ${own} goes to its machine; rlog node with`,
      `NODES=${urls}`,
      `ADVERTISED_URL=${url}`,
      `NODE_PORT=${port || '443'}`,
      ...(hostsAtHome.includes(bare(hostname)) ? [] : ['HOST=0.0.0.0']),
      `TLS_CERT_FILE=${join(own, 'cert.pem')}`,
      `TLS_KEY_FILE=${join(own, 'key.pem')}`,
      `TLS_CA_FILE=${join(own, 'ca.pem')}`,
      `CLUSTER_SECRET_FILE=${join(own, 'cluster-secret')}`,
      `API_TOKENS_FILE=${join(own, 'tokens')}`,
    );
  }
  const own = join(folder, client);
  say(
    '',
    `# A client; ${scopes.map((scope) => `${scope}.token`).join(', ')}: what it may do. The certificate is for nodes with TLS_CLIENT_AUTH=1.`,
    `RLOG_URL=${urls}`,
    `RLOG_TOKEN=$(cat ${join(own, 'admin.token')})`,
    `RLOG_CA_FILE=${join(own, 'ca.pem')}`,
    `RLOG_CERT_FILE=${join(own, 'cert.pem')}`,
    `RLOG_KEY_FILE=${join(own, 'key.pem')}`,
  );
}

/** @throws CliError */
function nodesIn(text: string): NodePlan[] {
  const parts = text.split(',').map((part) => part.trim());
  const plans = parts.filter((part) => part !== '').map(planFor);
  if (new Set(plans.map(({ name }) => name)).size < plans.length) throw new CliError('--nodes names a node twice', exitCodes.usage);
  return plans;
}

/** @throws CliError */
function planFor(text: string): NodePlan {
  const url = nodeUrlIn(text);
  if (url === undefined || !url.startsWith('https:') || isWildcard(new URL(url).hostname)) {
    throw new CliError(`--nodes: "${text}" is not a URL like https://n1.example:5000`, exitCodes.usage);
  }
  const { host, hostname } = new URL(url);
  return { url, name: host.replaceAll(/[^A-Za-z0-9.-]+/g, '_'), host: bare(hostname) };
}

/** @throws CliError */
function needDays(text: string): number {
  const days = Number(text);
  if (/^\d{1,4}$/.test(text) && days >= 1 && days < authorityDays) return days;
  throw new CliError(`--days must be a whole number from 1 to ${authorityDays - 1}, not "${text}"`, exitCodes.usage);
}

function hostsOf(host: string): string[] {
  return [...new Set([host, ...hostsAtHome])];
}

function hostsIn({ subjectAltName = '' }: X509Certificate): string[] {
  return subjectAltName
    .split(', ')
    .filter((part) => part !== '')
    .map((part) => part.replace(/^(DNS|IP Address):/, ''));
}

/** IPv6 without brackets. */
function bare(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}
