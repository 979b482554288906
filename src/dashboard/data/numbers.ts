/** Numbers as people read them. */

const whole = new Intl.NumberFormat('en');

export function count(value: number): string {
  return whole.format(value);
}

/** With its unit: "1 entry", "1,204 entries". */
export function entries(value: number): string {
  return `${count(value)} ${value === 1 ? 'entry' : 'entries'}`;
}

/** Three digits at most, with the unit that suits: "0.84 ms", "12.5 ms", "1.4 s", "3 min". */
export function duration(ms: number): string {
  if (ms < 9.995) return `${ms.toFixed(2)} ms`;
  if (ms < 99.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${ms.toFixed(0)} ms`;
  if (ms < 99_950) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.round(ms / 60_000)} min`;
}

const byteUnits = ['bytes', 'KB', 'MB', 'GB', 'TB', 'PB'];

/** Three digits at most, in powers of 1000: "812 bytes", "1.4 MB", "23 GB". */
export function bytes(value: number): string {
  let scaled = value;
  let unit = 0;
  while (scaled >= 999.5 && unit < byteUnits.length - 1) {
    scaled /= 1000;
    unit += 1;
  }
  return `${unit === 0 || scaled >= 99.5 ? scaled.toFixed(0) : scaled.toFixed(1)} ${byteUnits[unit] ?? ''}`;
}

const words = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

/** Small ones as sentences have them. */
export function inWords(value: number): string {
  return words[value] ?? count(value);
}
