/** What the lab refuses. */

import type { LabProblemCode } from '../api/lab.ts';

export class LabError extends Error {
  override readonly name = 'LabError';
  readonly code: LabProblemCode;

  constructor(code: LabProblemCode, detail: string) {
    super(detail);
    this.code = code;
  }
}
