/** What the log keeps: `DELETE /messages`, `GET /retention` and `PUT /retention`. */

/** The answer to `DELETE /messages?before=…`. */
export interface Trimmed {
  /** The first entry that is kept. */
  readonly firstOffset: number;
}

/** `GET /retention`, and the answer to `PUT /retention`: what the cluster keeps. `null`: no limit. */
export interface Retention {
  /** Entries older than this go, by whole batches. */
  readonly maxAgeMs: number | null;
  /** So many bytes are kept, as they lie on the disk, by whole batches. */
  readonly maxBytes: number | null;
  /** So many entries are kept. */
  readonly maxEntries: number | null;
  /** How long an idempotency key is remembered, whether its entry is kept or not. */
  readonly idempotencyWindowMs: number;
}

/**
 * The body of `PUT /retention`. It replaces what was set: a field that is left out, or `null`, gets its default. That is no
 * limit, and a day for the window.
 */
export interface RetentionRequest {
  readonly maxAgeMs?: number | null;
  readonly maxBytes?: number | null;
  readonly maxEntries?: number | null;
  readonly idempotencyWindowMs?: number | null;
}

export const retentionFields = ['maxAgeMs', 'maxBytes', 'maxEntries', 'idempotencyWindowMs'] as const;
