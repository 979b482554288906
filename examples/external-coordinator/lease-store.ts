/** Where the lease is. It decides whom a node is promoted for, and nothing else: an epoch of the log protects the log. */

export interface LeaseStore {
  /** Who holds it, as far as the store knows. @throws StoreFailed */
  holder(): Promise<string | undefined>;
  /** Takes it if it is free. @returns whether it is ours now @throws StoreFailed: it may be ours, until it ends by itself */
  take(): Promise<boolean>;
  /** Prolongs it. @returns whether it is still ours @throws StoreFailed */
  renew(): Promise<boolean>;
  /** Gives it back, so that others can have it at once. @throws StoreFailed */
  release(): Promise<void>;
}

/** The store did not answer, or not as it should. */
export class StoreFailed extends Error {
  override readonly name = 'StoreFailed';
}
