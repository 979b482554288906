/**
 * Writes a message as JSON, and refuses what JSON would silently change: `NaN` would become null, a `Map` `{}`. Fields that
 * are `undefined` are left out, as everywhere.
 */

/** Objects whose content is not in their fields. */
const opaque: ReadonlySet<string> = new Set([
  '[object ArrayBuffer]',
  '[object Error]',
  '[object Map]',
  '[object Promise]',
  '[object RegExp]',
  '[object Set]',
  '[object SharedArrayBuffer]',
  '[object WeakMap]',
  '[object WeakSet]',
]);

/** @returns the message as JSON text @throws TypeError */
export function jsonOf(message: unknown): string {
  // First, as it throws for what has no end.
  const text = JSON.stringify(message) as string | undefined;
  if (text === undefined) throw new TypeError(`a message must be a JSON value, not ${nameOf(message)}`);
  checkPlain(message, 'message');
  return text;
}

/** @param where - like `message.items[3]` */
function checkPlain(value: unknown, where: string): void {
  switch (typeof value) {
    case 'number':
      if (!Number.isFinite(value)) refuse(value, where);
      return;
    case 'function':
    case 'symbol':
      return refuse(value, where);
    case 'object':
      if (value !== null) checkObject(value, where);
      return;
    default:
  }
}

function checkObject(value: object, where: string): void {
  if (Array.isArray(value)) {
    for (const [index, item] of (value as unknown[]).entries()) {
      if (item === undefined) refuse(item, `${where}[${index}]`);
      checkPlain(item, `${where}[${index}]`);
    }
    return;
  }
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    if (value instanceof Date && Number.isNaN(value.getTime())) refuse(value, where);
    return checkPlain((value.toJSON as () => unknown)(), where);
  }
  if (opaque.has(Object.prototype.toString.call(value)) || ArrayBuffer.isView(value)) refuse(value, where);
  for (const [name, field] of Object.entries(value)) checkPlain(field, `${where}.${name}`);
}

function refuse(value: unknown, where: string): never {
  throw new TypeError(`${where} is ${nameOf(value)}, which JSON cannot hold`);
}

function nameOf(value: unknown): string {
  if (typeof value === 'number' || value === undefined) return String(value);
  if (value instanceof Date) return 'an invalid Date';
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`;
  return `a ${Object.prototype.toString.call(value).slice('[object '.length, -1)}`;
}
