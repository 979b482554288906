/** What the lab refuses: beside the failures of the log, and never met outside `rlog dev`. */

export const labProblems = {
  'foreign-origin': { status: 403, title: 'Another site may not do this' },
  'node-not-started': { status: 500, title: 'The node did not start' },
  'not-now': { status: 409, title: 'This makes no sense now' },
} as const;

export type LabProblemCode = keyof typeof labProblems;

export class LabError extends Error {
  override readonly name = 'LabError';
  readonly code: LabProblemCode;

  constructor(code: LabProblemCode, detail: string) {
    super(detail);
    this.code = code;
  }
}
