/** Redis: `XADD` for each message, then one `WAIT` for that many replicas, in one write. A connection per lane, since `WAIT` blocks it. */

import { messageText } from './message-text.ts';
import type { LoadPlan } from './plan.ts';
import type { Lane, Protocol } from './protocol.ts';
import { RequestTemplate } from './request-template.ts';
import { ReplyLines } from './redis-replies.ts';
import { openSocket } from './socket-lane.ts';

const waitMs = 10_000;

function command(...words: readonly string[]): Buffer {
  return Buffer.from(`*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`);
}

function replicasOf(plan: LoadPlan): number {
  return plan.target.kind === 'redis' ? plan.target.replicas : 0;
}

export const redisProtocol: Protocol = {
  template: (plan, lane) => {
    const text = messageText({ generator: plan.generator, lane, bytes: plan.messageBytes });
    return new RequestTemplate({
      head: Buffer.alloc(0),
      items: Array.from({ length: plan.messagesPerRequest }, () => command('XADD', 'log', '*', 'm', text)),
      tail: command('WAIT', String(replicasOf(plan)), String(waitMs)),
    });
  },
  open: async (plan) => {
    const opened = await Promise.all(Array.from({ length: plan.lanes }, () => openLane(plan)));
    return {
      lanes: opened.map(({ lane }) => lane),
      close: () => {
        for (const { close } of opened) close();
      },
    };
  },
};

async function openLane(plan: LoadPlan): Promise<{ readonly lane: Lane; readonly close: () => void }> {
  let isClosing = false;
  let failure: string | undefined;
  const lane: Lane = { send: () => undefined, onAnswer: () => undefined };
  const replies = new ReplyLines((kind, text) => {
    if (kind === 'error') failure ??= text;
    // The only number among the replies: how many replicas have it. It is the last reply.
    if (kind !== 'number' && !(kind === 'error' && text.includes('WAIT'))) return;
    const why = failure ?? (Number(text) >= replicasOf(plan) ? undefined : `only ${text} replicas within ${waitMs} ms`);
    failure = undefined;
    lane.onAnswer(why);
  });
  const socket = await openSocket(plan.target.port, {
    onData: (chunk) => replies.push(chunk),
    onClosed: (why) => {
      if (!isClosing) lane.onAnswer(why);
    },
  });
  lane.send = (request) => void socket.write(request);
  const close = (): void => {
    isClosing = true;
    socket.destroy();
  };
  return { lane, close };
}
