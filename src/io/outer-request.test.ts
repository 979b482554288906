import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import { createServer as createNetServer } from 'node:net';
import type { AddressInfo, LookupFunction } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createSecureContext } from 'node:tls';
import { TestAuthority } from '../../test/support/certificates.ts';
import type { CertificateFiles } from '../../test/support/certificates.ts';
import { switchingServer } from '../../test/support/switching-server.ts';
import { Unanswered, httpRequest } from './http-request.ts';
import { OuterAgent, outerRequest } from './outer-request.ts';
import type { Trust } from './outer-request.ts';

async function serve(context: TestContext, { certFile, keyFile }: CertificateFiles): Promise<number> {
  const server = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (_request, response) => response.end('yes'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

interface How {
  readonly trust?: Trust;
  /** Where it is dialed, if that is not its URL. */
  readonly address?: string;
  readonly connectWithinMs?: number;
}

/** What becomes of a request to the node that is known by this URL. */
async function ask(url: string, { trust, address = url, connectWithinMs = 5000 }: How): Promise<string> {
  const agent = new OuterAgent({}, trust);
  const call = { method: 'GET', headers: {}, agent, knownAs: url, lookup: toThisMachine, connectWithinMs };
  try {
    const answer = await httpRequest(new URL(address), call);
    answer.resume();
    return String(answer.statusCode);
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error;
    const { code = error.message } = error.cause as NodeJS.ErrnoException;
    return `${code}${error.isConnected ? ', and may have been heard' : ''}`;
  }
}

const toThisMachine: LookupFunction = (_name, options, callback) => {
  if (options.all === true) process.nextTick(callback, null, [{ address: '127.0.0.1', family: 4 }]);
  else process.nextTick(callback, null, '127.0.0.1', 4);
};

function trusting({ ca }: TestAuthority): { readonly trust: Trust } {
  return { trust: () => createSecureContext({ ca }) };
}

test('a node is asked over TLS only if its certificate is for its host, and from an authority that is trusted', async (t) => {
  using authority = await TestAuthority.make();
  using strangers = await TestAuthority.make();
  const port = await serve(t, await authority.issue('n1', { hosts: ['n1.example', '127.0.0.1'] }));
  assert.equal(await ask(`https://n1.example:${port}`, trusting(authority)), '200');
  assert.equal(await ask(`https://127.0.0.1:${port}`, trusting(authority)), '200');
  assert.equal(await ask(`https://n2.example:${port}`, trusting(authority)), 'ERR_TLS_CERT_ALTNAME_INVALID');
  assert.equal(
    await ask(`https://127.0.0.2:${port}`, { ...trusting(authority), address: `https://127.0.0.1:${port}` }),
    'ERR_TLS_CERT_ALTNAME_INVALID',
  );
  assert.equal(await ask(`https://n1.example:${port}`, trusting(strangers)), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  assert.equal(await ask(`https://n1.example:${port}`, {}), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'the authorities of the system');
});

test('a node that is dialed at another address must still be the one that it is known as', async (t) => {
  using authority = await TestAuthority.make();
  const port = await serve(t, await authority.issue('n1', { hosts: ['n1.example'] }));
  const how = { ...trusting(authority), address: `https://127.0.0.1:${port}` };
  assert.equal(await ask('https://n1.example', how), '200');
  assert.equal(await ask('https://n2.example', how), 'ERR_TLS_CERT_ALTNAME_INVALID');
});

test('no setting of the environment turns the check off', async (t) => {
  using authority = await TestAuthority.make();
  const port = await serve(t, await authority.issue('n1'));
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
  t.after(() => delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']);
  assert.equal(await ask(`https://localhost:${port}`, {}), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
});

test('while the other side does not shake hands, nothing was sent', async (t) => {
  const silent = createNetServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  t.after(() => silent.close());
  const { port } = silent.address() as AddressInfo;
  assert.equal(await ask(`https://localhost:${port}`, { connectWithinMs: 200 }), 'no connection within 200 ms');
});

test('a connection that is kept serves the next request to the same node, and to no other', async (t) => {
  using authority = await TestAuthority.make();
  const port = await serve(t, await authority.issue('n1', { hosts: ['10.0.0.1', '10.0.0.2'] }));
  const agent = new OuterAgent({ keepAlive: true }, trusting(authority).trust);
  t.after(() => agent.destroy());
  const clientPortOf = async (knownAs: string): Promise<number | undefined> => {
    const call = outerRequest(new URL(`https://127.0.0.1:${port}`), { agent }, { knownAs });
    call.end();
    const [answer] = (await once(call, 'response')) as [IncomingMessage];
    const { localPort } = answer.socket;
    await once(answer.resume(), 'close');
    return localPort;
  };
  const first = await clientPortOf('https://10.0.0.1');
  assert.equal(await clientPortOf('https://10.0.0.1'), first);
  assert.notEqual(await clientPortOf('https://10.0.0.2'), first);
  await assert.rejects(clientPortOf('https://10.0.0.3'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
});

test('a node that switches to a protocol that nobody asked for has given no answer', { timeout: 10_000 }, async (t) => {
  const port = await switchingServer(t);
  assert.equal(await ask(`http://localhost:${port}`, {}), 'the connection was closed without an answer, and may have been heard');
});
