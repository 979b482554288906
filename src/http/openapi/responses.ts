/** Builds the answers of an operation for the OpenAPI document. */

import { problems } from '../../api/problems.ts';
import type { ProblemCode } from '../../api/problems.ts';
import { EnvelopeProblem, Problem } from './schemas.ts';

const everywhere: readonly ProblemCode[] = [
  'bad-request',
  'cross-site',
  'foreign-host',
  'headers-too-large',
  'internal-error',
  'method-not-allowed',
  'missing-scope',
  'proof-required',
  'protected-mode',
  'request-timeout',
  'too-many-connections',
  'too-many-requests',
  'unauthorized',
  'uri-too-long',
];

export const problemContent = {
  'application/problem+json': { schema: Problem },
  'application/json': { schema: EnvelopeProblem },
} as const;

/**
 * Responses for these codes, one per status.
 * @param others - codes that this operation answers with another status than usual
 */
export function problemsOf(codes: readonly ProblemCode[], others: Partial<Record<ProblemCode, number>> = {}): Record<number, object> {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of [...codes, ...everywhere]) {
    const status = others[code] ?? problems[code].status;
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, those]) => [
      status,
      { description: those.map((code) => `\`${code}\`: ${problems[code].title}`).join('; '), content: problemContent },
    ]),
  );
}

export function json(description: string, schema: object): object {
  return { description, content: { 'application/json': { schema } } };
}
