import type { NodeSettings } from './health.ts';

/** Of a node on a machine of its own, as `rlog node` has them. */
export const usualSettings: NodeSettings = {
  ...{ coordinator: 'elections', defaultWriteConcern: 'majority', dataPlace: 'disk' },
  ...{ isBeyondLoopback: true, needsToken: true, hasSecret: true, isOpenToAll: false, acceptsInsecure: false },
};
