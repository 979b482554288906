/** Numbers as people read them. */

/** Three significant digits: `0.614`, `4.52`, `117`. */
export function fixed(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  if (size >= 1) return value.toFixed(2);
  return value.toFixed(3).replace(/0$/, '');
}

/** The same without trailing zeros, for the labels of an axis: `0.5`, `10`. */
export function short(value: number): string {
  return value >= 1000 ? `${Number((value / 1000).toPrecision(3))}k` : String(Number(value.toPrecision(3)));
}

/** `940`, `25.3k`, `1.20M`. */
export function count(value: number): string {
  if (value >= 999_500) return `${fixed(value / 1e6)}M`;
  if (value >= 1000) return `${fixed(value / 1000)}k`;
  return value.toFixed(0);
}

export function ms(value: number): string {
  return `${fixed(value)} ms`;
}

export function micros(value: number): string {
  return `${fixed(value)} µs`;
}

export function percent(value: number): string {
  return `${fixed(value)} %`;
}

export function megabytes(value: number): string {
  return `${fixed(value)} MB`;
}

export function bytes(value: number): string {
  return value >= 1e9 ? `${fixed(value / 1e9)} GB` : `${fixed(value / 1e6)} MB`;
}
