/**
 * Appends through client libraries: ours, and those that NATS and Redis publish on npm. Each is used as its documentation
 * says for many appends in flight: NATS's shares one connection, and ours as many as `fetch` opens; in Redis's, `WAIT`
 * blocks a connection, so each lane has one.
 *
 * The libraries are loaded only when they are used, so other measurements need not wait for them.
 */

import { messageText } from './message-text.ts';
import { natsSubject } from './nats.ts';
import type { LoadPlan } from './plan.ts';
import type { OpenLanes, Protocol } from './protocol.ts';
import { RequestTemplate } from './request-template.ts';

const waitMs = 10_000;
const nothing = Buffer.alloc(0);

interface OpenedClient {
  /** Resolves when the message is acknowledged. */
  append(message: string, lane: number): Promise<void>;
  close(): Promise<void>;
}

function clientProtocol(openClient: (plan: LoadPlan) => Promise<OpenedClient>): Protocol {
  return {
    template: (plan, lane) => {
      if (plan.messagesPerRequest !== 1) throw new Error('clients gather their batches themselves');
      const text = messageText({ generator: plan.generator, lane, bytes: plan.messageBytes });
      return new RequestTemplate({ head: nothing, items: [Buffer.from(text, 'latin1')], tail: nothing });
    },
    open: async (plan): Promise<OpenLanes> => {
      const client = await openClient(plan);
      const lanes = Array.from({ length: plan.lanes }, (_, index) => {
        const lane = {
          onAnswer: (_failure?: string): void => undefined,
          send: (request: Buffer): void => {
            client.append(request.toString('latin1'), index).then(
              () => lane.onAnswer(),
              (error: unknown) => lane.onAnswer(String(error)),
            );
          },
        };
        return lane;
      });
      // All answers have arrived by then: an error on closing changes no figure.
      return { lanes, close: () => void client.close().catch((error: unknown) => console.error(error)) };
    },
  };
}

export const ourClientProtocol: Protocol = clientProtocol(async ({ target }) => {
  const { LogClient } = await import('../../src/client/index.ts');
  if (target.kind !== 'our-client') throw new Error('this is our client');
  const client = new LogClient({ urls: [`http://127.0.0.1:${target.port}`], w: target.w as 'majority' });
  return {
    append: async (message) => void (await client.append(message)),
    close: () => Promise.resolve(),
  };
});

export const natsClientProtocol: Protocol = clientProtocol(async ({ target }) => {
  const { connect } = await import('@nats-io/transport-node');
  const { jetstream } = await import('@nats-io/jetstream');
  const connection = await connect({ servers: `127.0.0.1:${target.port}` });
  const stream = jetstream(connection);
  return {
    append: async (message) => void (await stream.publish(natsSubject, message)),
    close: () => connection.close(),
  };
});

export const redisClientProtocol: Protocol = clientProtocol(async ({ target, lanes }) => {
  const { createClient } = await import('redis');
  if (target.kind !== 'redis-client') throw new Error('this is the client of Redis');
  const { replicas, port } = target;
  const clients = await Promise.all(Array.from({ length: lanes }, () => createClient({ url: `redis://127.0.0.1:${port}` }).connect()));
  return {
    append: async (message, lane) => {
      const client = clients[lane];
      if (client === undefined) throw new Error(`there is no lane ${lane}`);
      // Both are sent at once, without waiting for the first answer.
      const [, held] = await Promise.all([client.xAdd('log', '*', { m: message }), client.wait(replicas, waitMs)]);
      if (held < replicas) throw new Error(`only ${held} replicas within ${waitMs} ms`);
    },
    close: async () => void (await Promise.all(clients.map((client) => client.close()))),
  };
});
