/** `GET /leader` and `POST /promote`. */

/** Whom the node that is asked knows to lead. */
export interface LeaderDocument {
  readonly id: string;
  readonly url: string;
  readonly epoch: number;
}

/** What `POST /promote` takes. */
export interface PromotionRequest {
  /** The node that is asked, unless it says another one. */
  readonly id?: string;
  readonly timeoutMs?: number;
  /** Without asking the leader, or whether the others would have it. */
  readonly force?: boolean;
}

/** The node leads, and the first batch of its epoch is committed. */
export interface Promoted {
  readonly leader: string;
  readonly epoch: number;
  /** How long it took. */
  readonly ms: number;
}
