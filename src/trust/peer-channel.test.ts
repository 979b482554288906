import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { TLSSocket, createSecureContext } from 'node:tls';
import { ClusterSecrets } from './cluster-secrets.ts';
import type { ClusterKey } from './cluster-secrets.ts';
import { isProven, proveToCaller, proveToReceiver } from './peer-channel.ts';
import type { NotProven } from './peer-channel.ts';

const right = await ClusterSecrets.of(['0123456789abcdef']);
const wrong = await ClusterSecrets.of(['0123456789abcdeX']);

/** Two ends of one connection. */
async function connected(): Promise<[Socket, Socket]> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const caller = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [receiver] = await accepted;
  server.close();
  return [caller, receiver];
}

function keyOf(secrets: ClusterSecrets): ClusterKey {
  const key = secrets.named(secrets.names[0] ?? '');
  assert.ok(key);
  return key;
}

test('two that share a secret speak on a channel that is proven at both ends', async () => {
  const [caller, receiver] = await connected();
  const [mine, theirs] = await Promise.all([proveToReceiver(caller, keyOf(right)), proveToCaller(receiver, right)]);
  assert.ok(isProven(mine) && isProven(theirs) && !isProven(caller) && !isProven(receiver));
  mine.write('hello');
  assert.equal(String((await once(theirs, 'data'))[0]), 'hello');
  assert.equal(mine.getProtocol(), 'TLSv1.3');
  mine.end();
  theirs.end();
  await once(theirs, 'close');
  assert.ok(receiver.destroyed);
});

test('another secret is refused by both, also under the name of the right one, and nothing is left open', async () => {
  for (const key of [keyOf(wrong), { ...keyOf(wrong), name: keyOf(right).name }]) {
    const [caller, receiver] = await connected();
    const ends = await Promise.allSettled([proveToReceiver(caller, key), proveToCaller(receiver, right)]);
    assert.deepEqual(
      ends.map((end) => end.status === 'rejected' && (end.reason as Error).name),
      ['NotProven', 'NotProven'],
    );
    const [, atReceiver] = ends;
    assert.equal(atReceiver.status === 'rejected' && (atReceiver.reason as NotProven).isBroken, false);
    assert.ok(caller.destroyed && receiver.destroyed);
  }
});

test('a connection that breaks during the handshake says nothing of the secret', async () => {
  for (const end of [(socket: Socket) => socket.resetAndDestroy(), (socket: Socket) => socket.destroy()]) {
    const [caller, receiver] = await connected();
    const proof = proveToCaller(receiver, right);
    end(caller);
    await assert.rejects(proof, { name: 'NotProven', isBroken: true });
  }
});

test('a certificate is no proof, whoever signed it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rlog-certificate-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  try {
    const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=localhost'];
    execFileSync('openssl', [...request, '-keyout', keyFile, '-out', certFile], { stdio: 'ignore' });
  } catch {
    return t.skip('openssl is not installed');
  }
  const [caller, receiver] = await connected();
  const secureContext = createSecureContext({ key: readFileSync(keyFile), cert: readFileSync(certFile) });
  const impostor = new TLSSocket(receiver, { isServer: true, secureContext });
  impostor.on('error', () => undefined);
  await assert.rejects(proveToReceiver(caller, keyOf(right)), { name: 'NotProven' });
  impostor.destroy();
});

test('what was recorded of a handshake is refused when it is played back', async () => {
  const [caller, receiver] = await connected();
  const recorded: Buffer[] = [];
  const write = caller.write.bind(caller);
  // All that the caller sends goes through the bytes of its connection, which a wire-tap sees.
  const [tapCaller, tapReceiver] = await connected();
  caller.on('data', (chunk: Buffer) => tapReceiver.write(chunk));
  tapReceiver.on('data', (chunk: Buffer) => {
    recorded.push(chunk);
    write(chunk);
  });
  const [mine] = await Promise.all([proveToReceiver(tapCaller, keyOf(right)), proveToCaller(receiver, right)]);
  mine.write('an append');
  for (let tries = 0; tries < 20; tries += 1) {
    const [again, victim] = await connected();
    again.on('error', () => undefined);
    const refused = assert.rejects(proveToCaller(victim, right), { name: 'NotProven' });
    for (const chunk of recorded) again.write(chunk);
    again.end();
    await refused;
  }
  for (const end of [mine, caller, receiver, tapCaller, tapReceiver]) end.destroy();
});

test('a secret is replaced beside the old one: the first that both have is used, and one that is gone is refused', async () => {
  const both = await ClusterSecrets.of(['a new secret, quite long', '0123456789abcdef']);
  assert.equal(both.sharedWith(right.names)?.name, right.names[0]);
  assert.equal(both.sharedWith(both.names)?.name, both.names[0]);
  assert.equal(right.sharedWith(wrong.names), undefined);
  await both.replace(['a new secret, quite long']);
  assert.equal(both.sharedWith(right.names), undefined);
  const [caller, receiver] = await connected();
  const ends = await Promise.allSettled([proveToReceiver(caller, keyOf(right)), proveToCaller(receiver, both)]);
  assert.deepEqual(
    ends.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
});
