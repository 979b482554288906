/**
 * etcd's JSON gateway: `POST /v3/kv/put`, or `/v3/kv/txn` for several. Keys and values travel as base64. Our messages are
 * letters and digits, so they are valid base64: four characters are three bytes of a value, and the counter can be
 * incremented within the text of the request. A value of 100 bytes takes 136 characters.
 */

import { httpProtocol } from './http.ts';
import { messageText } from './message-text.ts';
import type { LoadPlan } from './plan.ts';
import type { Protocol } from './protocol.ts';

const keyCharacters = 24;

function put(plan: LoadPlan, lane: number): string {
  const { generator, messageBytes } = plan;
  const key = messageText({ generator, lane, bytes: keyCharacters });
  const wholeGroups = Math.floor(messageBytes / 3) * 4;
  const padding = ['', 'QQ==', 'QUE='][messageBytes % 3] ?? '';
  const value = messageText({ generator, lane, bytes: wholeGroups }) + padding;
  return `{"key":"${key}","value":"${value}"}`;
}

const one = httpProtocol({ path: '/v3/kv/put', parts: (plan, lane) => ({ open: '', items: [put(plan, lane)], close: '' }) });

const many = httpProtocol({
  path: '/v3/kv/txn',
  parts: (plan, lane) => {
    const request = `{"requestPut":${put(plan, lane)}}`;
    const items = Array.from({ length: plan.messagesPerRequest }, (_, index) => (index === 0 ? request : `,${request}`));
    return { open: '{"success":[', items, close: ']}' };
  },
});

export const etcdJsonProtocol: Protocol = {
  template: (plan, lane) => (plan.messagesPerRequest === 1 ? one : many).template(plan, lane),
  open: (plan) => one.open(plan),
};
