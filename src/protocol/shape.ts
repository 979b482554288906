/**
 * Checks of JSON from another node or from a disk. These few lines are our own, because loading a schema library takes longer
 * than the rest of a node's start together; the library for the OpenAPI document is loaded when a client asks for it.
 */

export type Check<T> = (value: unknown) => value is T;

const nodeUrlLengthMax = 2048;

type Checked<C> = C extends Check<infer T> ? T : never;

export const isText: Check<string> = (value) => typeof value === 'string';
export const isFlag: Check<boolean> = (value) => typeof value === 'boolean';
export const isNumber: Check<number> = (value) => typeof value === 'number';
/** An integer of at least 0. */
export const isCount: Check<number> = (value): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

/** The URL of a node. */
export const isNodeUrl: Check<string> = (value): value is string => {
  if (typeof value !== 'string' || value.length > nodeUrlLengthMax || !URL.canParse(value)) return false;
  return ['http:', 'https:'].includes(new URL(value).protocol);
};
/** A text of a certain form. */
export function isTextLike(isRight: (text: string) => boolean): Check<string> {
  return (value): value is string => typeof value === 'string' && isRight(value);
}

export function isOneOf<const Choice extends string | number>(...choices: readonly Choice[]): Check<Choice> {
  return (value): value is Choice => (choices as readonly unknown[]).includes(value);
}

export function isMaybe<T>(check: Check<T>): Check<T | null> {
  return (value): value is T | null => value === null || check(value);
}

/** A field that may be left out. */
export function isOptional<T>(check: Check<T>): Check<T | undefined> {
  return (value): value is T | undefined => value === undefined || check(value);
}

export function isListOf<T>(check: Check<T>): Check<T[]> {
  return (value): value is T[] => Array.isArray(value) && value.every(check);
}

/** An object with at least these fields. Later versions may add others. */
export function isObjectWith<Fields extends Readonly<Record<string, Check<unknown>>>>(
  fields: Fields,
): Check<{ [Name in keyof Fields]: Checked<Fields[Name]> }> {
  return (value): value is { [Name in keyof Fields]: Checked<Fields[Name]> } =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(fields).every(([name, check]) =>
      check(Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined),
    );
}
