/** What the load loop needs from a protocol: to make requests and open lanes. */

import type { LoadPlan } from './plan.ts';
import type { RequestTemplate } from './request-template.ts';

/** One request in flight at a time. */
export interface Lane {
  /** The caller does not change the bytes before the answer. */
  send(request: Buffer): void;
  /** Called for each answer. */
  onAnswer: (failure?: string) => void;
}

export interface OpenLanes {
  readonly lanes: readonly Lane[];
  close(): void;
}

export interface Protocol {
  template(plan: LoadPlan, lane: number): RequestTemplate;
  open(plan: LoadPlan): Promise<OpenLanes>;
}
