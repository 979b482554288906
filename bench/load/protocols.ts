/** The protocol for each kind of target. */

import { appendProtocol } from './http.ts';
import type { LoadTarget } from './plan.ts';
import type { Protocol } from './protocol.ts';

export const protocols: Readonly<Partial<Record<LoadTarget['kind'], Protocol>>> = {
  http: appendProtocol,
};
