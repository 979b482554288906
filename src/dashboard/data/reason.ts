/** Why something went wrong, in words for people. */

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
