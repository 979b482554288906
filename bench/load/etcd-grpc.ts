/** etcd's gRPC: `Put`, or `Txn` for several. The few protobuf messages are built here by hand; one HTTP/2 session for all lanes. */

import { connect } from 'node:http2';
import type { ClientHttp2Session, IncomingHttpHeaders } from 'node:http2';
import { messageText } from './message-text.ts';
import type { Lane, Protocol } from './protocol.ts';
import { RequestTemplate } from './request-template.ts';

const keyBytes = 23;

/** A field of wire type 2: number, length, bytes. */
function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2]), varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}

/** `PutRequest { key = 1; value = 2 }` */
function putRequest(plan: { readonly generator: number; readonly messageBytes: number }, lane: number): Buffer {
  const text = (bytes: number): Buffer => Buffer.from(messageText({ generator: plan.generator, lane, bytes }));
  return Buffer.concat([field(1, text(keyBytes)), field(2, text(plan.messageBytes))]);
}

/** gRPC's prefix: not compressed, and the length. */
function prefix(bytes: number): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(bytes, 1);
  return head;
}

export const etcdGrpcProtocol: Protocol = {
  template: (plan, lane) => {
    const request = putRequest(plan, lane);
    // `TxnRequest { repeated RequestOp success = 2 }`, `RequestOp { PutRequest request_put = 2 }`
    const items =
      plan.messagesPerRequest === 1 ? [request] : Array.from({ length: plan.messagesPerRequest }, () => field(2, field(2, request)));
    return new RequestTemplate({ head: prefix(items.reduce((total, item) => total + item.length, 0)), items, tail: Buffer.alloc(0) });
  },
  open: async (plan) => {
    const session = connect(`http://127.0.0.1:${plan.target.port}`);
    await new Promise<void>((resolve, reject) => {
      session.once('remoteSettings', () => resolve());
      session.once('error', reject);
    });
    const path = `/etcdserverpb.KV/${plan.messagesPerRequest === 1 ? 'Put' : 'Txn'}`;
    const lanes = Array.from({ length: plan.lanes }, () => laneOf(session, path));
    session.on('error', (error) => {
      for (const lane of lanes) lane.onAnswer(error.message);
    });
    return { lanes, close: () => session.destroy() };
  },
};

function laneOf(session: ClientHttp2Session, path: string): Lane {
  const headers = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' };
  const lane: Lane = {
    onAnswer: () => undefined,
    send: (request) => {
      const stream = session.request(headers);
      let failure: string | undefined = 'no gRPC status';
      const take = (fields: IncomingHttpHeaders): void => {
        const { 'grpc-status': status, 'grpc-message': message } = fields;
        if (status !== undefined) failure = status === '0' ? undefined : `gRPC status ${[status, message].join(': ')}`;
      };
      // A refusal may consist of headers only.
      stream.on('response', take);
      stream.on('trailers', take);
      stream.on('error', (error) => (failure = error.message));
      stream.on('close', () => lane.onAnswer(failure));
      stream.resume();
      stream.end(request);
    },
  };
  return lane;
}
