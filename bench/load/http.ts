/** HTTP/1.1 with keep-alive, a connection per lane: ours, the bare handler, and etcd's JSON gateway. */

import type { Reach } from '../ask.ts';
import type { LoadPlan } from './plan.ts';
import { messageText } from './message-text.ts';
import type { Lane, OpenLanes, Protocol } from './protocol.ts';
import { RequestTemplate } from './request-template.ts';
import { ResponseParser } from './response-parser.ts';
import { openSocket, secureSocketOpener } from './socket-lane.ts';

interface HttpSettings {
  readonly path: string;
  readonly parts: (plan: LoadPlan, lane: number) => { readonly open: string; readonly items: readonly string[]; readonly close: string };
}

export function httpProtocol({ path, parts }: HttpSettings): Protocol {
  return {
    template: (plan, lane) => {
      const { open, items, close } = parts(plan, lane);
      const length = open.length + items.reduce((total, item) => total + item.length, 0) + close.length;
      const { token } = reachOf(plan);
      const shown = token === undefined ? '' : `Authorization: Bearer ${token}\r\n`;
      const head = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${plan.target.port}\r\n${shown}Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;
      return new RequestTemplate({
        head: Buffer.from(head + open, 'latin1'),
        items: items.map((item) => Buffer.from(item, 'latin1')),
        tail: Buffer.from(close, 'latin1'),
      });
    },
    open: openHttp,
  };
}

/** The body of our `POST /messages`. */
export const appendProtocol: Protocol = httpProtocol({
  path: '/messages',
  parts: (plan, lane) => {
    const text = `"${messageText({ generator: plan.generator, lane, bytes: plan.messageBytes })}"`;
    const w = plan.target.kind === 'http' ? JSON.stringify(plan.target.w) : '';
    if (plan.messagesPerRequest === 1) return { open: '{"message":', items: [text], close: `,"w":${w}}` };
    const items = Array.from({ length: plan.messagesPerRequest }, (_, index) => (index === 0 ? text : `,${text}`));
    return { open: '{"messages":[', items, close: `],"w":${w}}` };
  },
});

function reachOf({ target }: LoadPlan): Reach {
  return target.kind === 'http' ? target : {};
}

async function openHttp(plan: LoadPlan): Promise<OpenLanes> {
  let isClosing = false;
  const { ca } = reachOf(plan);
  const opened = await Promise.all(
    Array.from({ length: plan.lanes }, async () => {
      const lane: Lane = { send: () => undefined, onAnswer: () => undefined };
      const parser = new ResponseParser((status, body) => lane.onAnswer(status < 300 ? undefined : `HTTP ${status}: ${body}`));
      const socket = await (ca === undefined ? openSocket : secureSocketOpener(ca))(plan.target.port, {
        onData: (chunk) => parser.push(chunk),
        onClosed: (why) => {
          if (!isClosing) lane.onAnswer(why);
        },
      });
      lane.send = (request) => void socket.write(request);
      return { lane, socket };
    }),
  );
  return {
    lanes: opened.map(({ lane }) => lane),
    close: () => {
      isClosing = true;
      for (const { socket } of opened) socket.destroy();
    },
  };
}
