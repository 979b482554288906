/** `GET /leader` and `POST /promote`. */

/** The leader, as far as the node knows. */
export interface LeaderDocument {
  readonly id: string;
  readonly url: string;
  readonly epoch: number;
}

/** The body of `POST /promote`. */
export interface PromotionRequest {
  /** Name of the node to promote; by default the node that gets the request. */
  readonly id?: string;
  readonly timeoutMs?: number;
  /** Campaign without asking the leader, or whether the others would support it. */
  readonly force?: boolean;
}

/** The answer once the node leads and the first batch of its epoch is committed. */
export interface Promoted {
  readonly leader: string;
  readonly epoch: number;
  /** How long that took. */
  readonly ms: number;
}
