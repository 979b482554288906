/** The figures of a run that does not pass its own checks are worth nothing: it ends with this. */

export class CheckFailed extends Error {
  override readonly name = 'CheckFailed';
}
