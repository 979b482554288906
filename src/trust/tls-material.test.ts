import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { TestAuthority } from '../../test/support/certificates.ts';
import type { CertificateFiles } from '../../test/support/certificates.ts';
import { waitFor } from '../../test/support/wait.ts';
import { TlsMaterial } from './tls-material.ts';
import type { TlsFiles } from './tls-material.ts';

const dayMs = 24 * 3600 * 1000;

let authority: TestAuthority;
let material: TlsMaterial | undefined;
let renewals: (string | undefined)[];
let failures: string[];

beforeEach(async () => {
  authority = await TestAuthority.make();
  [renewals, failures] = [[], []];
});

afterEach(() => {
  material?.stop();
  authority[Symbol.dispose]();
});

function open(own: CertificateFiles | undefined, { caFile = authority.caFile, isMutual = false }: Partial<TlsFiles> = {}): TlsMaterial {
  const told = {
    renewed: ({ endsAt }: { readonly endsAt: string | undefined }) => renewals.push(endsAt),
    failed: ({ message }: Error) => failures.push(message),
  };
  material = new TlsMaterial({ own, caFile, isMutual }, told, 10);
  return material;
}

test('a certificate and its key are taken, and its end is known', async () => {
  const { endsAt, certificate } = open(await authority.issue('n1', { days: 20 }));
  assert.ok(Math.abs((endsAt ?? 0) - Date.now() - 20 * dayMs) < 60_000);
  assert.equal(certificate?.checkHost('localhost'), 'localhost');
});

test('a certificate ends no later than the authority that vouches for it', async () => {
  const { endsAt } = open(await authority.issue('n1', { days: 300 }));
  assert.ok(Math.abs((endsAt ?? 0) - Date.now() - 30 * dayMs) < 60_000);
});

test('a node that only asks others may have authorities alone', () => {
  const { endsAt, certificate, pem } = open(undefined);
  assert.deepEqual([endsAt, certificate, pem.ca?.length], [undefined, undefined, 1]);
});

test('what is wrong with the files is said with the setting that names the file', async () => {
  const [mine, other] = [await authority.issue('n1'), await authority.issue('n2')];
  const file = (name: string, text: string): string => {
    writeFileSync(join(authority.folder, name), text);
    return join(authority.folder, name);
  };
  const { privateKey: encrypted } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' },
  });
  const broken = readFileSync(mine.certFile, 'utf8').replace(/\n[^\n]{20}/, '\nAAAAAAAAAAAAAAAAAAAA');
  const { certFile, keyFile } = mine;
  const cases: readonly [CertificateFiles, Partial<TlsFiles>, RegExp][] = [
    [{ certFile, keyFile: other.keyFile }, {}, /^TLS_KEY_FILE: .*n2-key\.pem is not the key of the certificate in .*n1\.pem$/],
    [{ certFile: `${certFile}.no`, keyFile }, {}, /^TLS_CERT_FILE: ENOENT.*n1\.pem\.no/],
    [{ certFile, keyFile: `${keyFile}.no` }, {}, /^TLS_KEY_FILE: ENOENT/],
    [{ certFile: keyFile, keyFile }, {}, /^TLS_CERT_FILE: .* has no certificate in PEM$/],
    [{ certFile: file('broken.pem', broken), keyFile }, {}, /^TLS_CERT_FILE: .* cannot be read: /],
    [{ certFile, keyFile: certFile }, {}, /^TLS_KEY_FILE: .* has no private key in PEM$/],
    [{ certFile, keyFile: file('encrypted.pem', encrypted) }, {}, /^TLS_KEY_FILE: .* is encrypted/],
    [mine, { caFile: keyFile }, /^TLS_CA_FILE: .* has no certificate in PEM$/],
    [mine, { caFile: '/nowhere/ca.pem' }, /^TLS_CA_FILE: ENOENT/],
  ];
  for (const [own, rest, message] of cases) assert.throws(() => open(own, rest), { name: 'TlsUnusable', message });
});

test('files that were replaced one after the other are taken up, and a key that does not fit yet is not', async () => {
  const { endsAt } = open(await authority.issue('n1', { days: 5 }));
  let renewedCount = 0;
  material?.onRenewed(() => (renewedCount += 1));
  await authority.issue('n1', { days: 20 });
  await waitFor('the new one', () => material?.endsAt !== endsAt);
  assert.deepEqual([renewals.length, renewedCount], [1, 1]);
  assert.match(renewals[0] ?? '', /^\d{4}-\d\d-\d\dT/);
  const other = await authority.issue('n2');
  copyFileSync(other.keyFile, join(authority.folder, 'n1-key.pem'));
  await waitFor('the failure', () => failures.length > 0);
  assert.match(failures.join(), /^TLS_KEY_FILE: /);
  assert.equal(renewals.length, 1);
  copyFileSync(other.certFile, join(authority.folder, 'n1.pem'));
  await waitFor('both', () => renewals.length === 2);
});
