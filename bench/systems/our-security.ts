/** What a cluster of ours is protected by: settings of its nodes, and how clients reach them then. */

import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Authority } from '../../src/trust/authority.ts';
import type { Reach } from '../ask.ts';
import type { Workspace } from '../workspace.ts';

export interface Security {
  /** For all nodes. */
  readonly env: Readonly<Record<string, string>>;
  readonly reach: Reach;
}

/** Clients show a token that may append and read; nodes prove to each other that they have the secret. */
export function tokensAndSecret(): Security {
  const token = randomBytes(32).toString('base64url');
  const secret = randomBytes(32).toString('base64url');
  return { env: { API_TOKENS: `append:${token},read:${token}`, CLUSTER_SECRET: secret }, reach: { token } };
}

/** Clients and nodes speak HTTPS; nobody shows anything but the nodes' certificate. */
export async function tls(workspace: Workspace): Promise<Security> {
  const folder = workspace.makeFolder('tls');
  const put = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const { authority, files } = await Authority.make('Authority of a benchmark', 2);
  const { certificate, key } = await authority.issue({ name: 'node', hosts: ['localhost', '127.0.0.1'], days: 2 });
  const env = {
    TLS_CERT_FILE: put('cert.pem', certificate),
    TLS_KEY_FILE: put('key.pem', key),
    TLS_CA_FILE: put('ca.pem', files.certificate),
  };
  return { env, reach: { ca: files.certificate } };
}
