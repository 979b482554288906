import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';

export interface Range {
  readonly min: number;
  readonly max?: number;
}

/** The value of a flag as a number: digits only, leading zeros allowed. @throws CliError */
export function wholeNumber(flag: string, text: string, { min, max = Number.MAX_SAFE_INTEGER }: Range): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  const range = max === Number.MAX_SAFE_INTEGER ? `from ${min} on` : `from ${min} to ${max}`;
  throw new CliError(`${flag} must be a whole number ${range}, not "${text}"`, exitCodes.usage);
}
