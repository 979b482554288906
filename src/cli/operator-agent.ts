/**
 * How commands that change the cluster prove that they are allowed to, if the nodes have a secret and no tokens: with the
 * same secret, from `CLUSTER_SECRET_FILE` or `CLUSTER_SECRET`.
 */

import { readFile } from 'node:fs/promises';
import { secretList } from '../config/values.ts';
import { ChannelAgent } from '../io/channel-agent.ts';
import { ClusterSecrets, parseSecrets } from '../trust/cluster-secrets.ts';
import { CliError } from './cli-error.ts';
import { commandTrust } from './command-trust.ts';
import { exitCodes } from './exit-codes.ts';

/** @returns `undefined` if there is no secret. @throws CliError if its file cannot be used */
export async function operatorAgent(env: Readonly<Record<string, string | undefined>> = process.env): Promise<ChannelAgent | undefined> {
  const given = await givenSecrets(env);
  if (given === undefined) return undefined;
  const secrets = await ClusterSecrets.of(given);
  // A node that does not prove that it belongs to the cluster is told nothing.
  return new ChannelAgent({ addressOf: (url) => url, secrets, acceptsInsecure: false, tls: commandTrust() });
}

async function givenSecrets({
  CLUSTER_SECRET_FILE: path = '',
  CLUSTER_SECRET: secret = '',
}: Readonly<Record<string, string | undefined>>): Promise<string[] | undefined> {
  if (path === '' && secret === '') return undefined;
  try {
    return path === '' ? secretList(secret) : parseSecrets(await readFile(path, 'utf8'));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CliError(`${path === '' ? 'CLUSTER_SECRET' : `CLUSTER_SECRET_FILE (${path})`}: ${reason}`, exitCodes.usage, { cause });
  }
}
