/** What was typed, as a message: JSON if it is JSON, else the text itself as a string. */

export interface MessageText {
  /** JSON text, as it was typed where it is JSON: the log keeps its spelling. */
  readonly json: string;
  readonly kind: 'a string' | 'a number' | 'an object' | 'a list' | 'true' | 'false' | 'null';
  /** Whether the text was taken for JSON. */
  readonly isJson: boolean;
}

export function messageOf(text: string): MessageText {
  try {
    const value: unknown = JSON.parse(text);
    return { json: text.trim(), kind: kindOf(value), isJson: true };
  } catch {
    return { json: JSON.stringify(text), kind: 'a string', isJson: false };
  }
}

function kindOf(value: unknown): MessageText['kind'] {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'string':
      return 'a string';
    case 'number':
      return 'a number';
    case 'boolean':
      return value ? 'true' : 'false';
    default:
      return 'an object';
  }
}
