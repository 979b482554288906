/**
 * NATS JetStream: `PUB` with a reply subject, to which the acknowledgement is sent. All lanes share one connection, as in
 * NATS's own clients; the reply subject says which lane an answer is for.
 */

import { messageText } from './message-text.ts';
import type { LoadPlan } from './plan.ts';
import type { Protocol } from './protocol.ts';
import { NatsConnection } from './nats-connection.ts';
import { RequestTemplate } from './request-template.ts';

/** The subject of the stream. */
export const natsSubject = 'log';

function inboxOf(plan: LoadPlan): string {
  return `_INBOX.g${plan.generator}`;
}

export const natsProtocol: Protocol = {
  template: (plan, lane) => {
    const text = messageText({ generator: plan.generator, lane, bytes: plan.messageBytes });
    const publish = Buffer.from(`PUB ${natsSubject} ${inboxOf(plan)}.${lane} ${text.length}\r\n${text}\r\n`);
    const nothing = Buffer.alloc(0);
    return new RequestTemplate({ head: nothing, items: Array.from({ length: plan.messagesPerRequest }, () => publish), tail: nothing });
  },
  open: async (plan) => {
    const lanes = Array.from({ length: plan.lanes }, () => ({
      missing: 0,
      failure: undefined as string | undefined,
      onAnswer: (_failure?: string): void => undefined,
      send: (_request: Buffer): void => undefined,
    }));
    const connection = await NatsConnection.open(plan.target.port, {
      onMessage: (subject, payload) => {
        const lane = lanes[Number(subject.slice(subject.lastIndexOf('.') + 1))];
        if (lane === undefined) return;
        if (!payload.includes('"seq":')) lane.failure ??= payload;
        lane.missing -= 1;
        if (lane.missing > 0) return;
        const { failure } = lane;
        lane.failure = undefined;
        lane.onAnswer(failure);
      },
      onClosed: (why) => {
        for (const lane of lanes) lane.onAnswer(why);
      },
    });
    connection.subscribe(`${inboxOf(plan)}.*`);
    for (const lane of lanes) {
      lane.send = (request) => {
        lane.missing = plan.messagesPerRequest;
        connection.write(request);
      };
    }
    return { lanes, close: () => connection.close() };
  },
};
