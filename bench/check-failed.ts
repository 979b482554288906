/** Ends a run that fails its own checks: its figures are worth nothing. */

export class CheckFailed extends Error {
  override readonly name = 'CheckFailed';
}
