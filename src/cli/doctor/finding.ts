/** One thing that is wrong, or will be. */

export interface Finding {
  /** For programs; never changes. */
  readonly code: string;
  /** `wrong`: somebody must act now, or something does not work. `risk`: it works, and will not when something else happens. */
  readonly level: 'wrong' | 'risk';
  /** What is so, in a sentence that begins with the name of what it is about. */
  readonly sentence: string;
  /** What to do about it, in the imperative. */
  readonly remedy: string;
  /** The heading of docs/operations.md that says more, as its anchor. */
  readonly see: string;
}
