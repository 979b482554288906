import { LogError } from '../api/problems.ts';

/**
 * The fields of a JSON object; anything else has none.
 * @param known - what may be among them; left out: anything
 * @throws LogError
 */
export function fieldsOf(value: unknown, known?: readonly string[]): Readonly<Record<string, unknown>> {
  const fields = typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  const unknown = known === undefined ? undefined : Object.keys(fields).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new LogError('bad-request', `the field "${unknown}" is not known here`, { field: unknown });
  return fields;
}
