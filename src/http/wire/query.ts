/** Parses queries. An unknown or repeated parameter is an error, and not ignored. */

import { LogError } from '../../api/problems.ts';

/** @throws LogError */
export function readQuery<Name extends string>(query: unknown, names: readonly Name[]): Partial<Record<Name, string>> {
  const given = (query ?? {}) as Readonly<Record<string, unknown>>;
  const read: Partial<Record<Name, string>> = {};
  for (const [name, value] of Object.entries(given)) {
    const known = names.find((candidate) => candidate === name);
    if (known === undefined) {
      throw new LogError('bad-request', `unknown query parameter "${name}"; known parameters: ${names.join(', ') || 'none'}`, {
        field: name,
      });
    }
    if (typeof value !== 'string') throw new LogError('bad-request', `query parameter "${name}" is given twice`, { field: name });
    read[known] = value;
  }
  return read;
}

/** Reads a whole number that is not negative. @throws LogError */
export function readCount(name: string, text: string): number {
  const value = Number(text);
  if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(value)) {
    throw new LogError('bad-request', `"${name}" must be a whole number from 0 on, not "${text}"`, { field: name });
  }
  return value;
}

/** @throws LogError */
export function readChoice<Choice extends string>(name: string, text: string, choices: readonly Choice[]): Choice {
  const choice = choices.find((candidate) => candidate === text);
  if (choice === undefined)
    throw new LogError('bad-request', `"${name}" must be one of ${choices.join(', ')}, not "${text}"`, { field: name });
  return choice;
}
