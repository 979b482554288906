/** The protocol for each kind of target. */

import { natsClientProtocol, ourClientProtocol, redisClientProtocol } from './clients.ts';
import { etcdGrpcProtocol } from './etcd-grpc.ts';
import { etcdJsonProtocol } from './etcd-json.ts';
import { appendProtocol } from './http.ts';
import { natsProtocol } from './nats.ts';
import type { LoadTarget } from './plan.ts';
import type { Protocol } from './protocol.ts';
import { redisProtocol } from './redis.ts';

export const protocols: Readonly<Record<LoadTarget['kind'], Protocol>> = {
  http: appendProtocol,
  'etcd-json': etcdJsonProtocol,
  'etcd-grpc': etcdGrpcProtocol,
  nats: natsProtocol,
  redis: redisProtocol,
  'our-client': ourClientProtocol,
  'nats-client': natsClientProtocol,
  'redis-client': redisClientProtocol,
};
