/** Times and sizes in a table. */

const times: Units = [
  ['d', 86_400_000, 2],
  ['h', 3_600_000, 2],
  ['min', 60_000, 2],
  ['s', 1000, 1],
];
const sizes: Units = [
  ['TB', 1e12, 1],
  ['GB', 1e9, 1],
  ['MB', 1e6, 1],
  ['kB', 1e3, 1],
];

/** The unit, its value, and from how many of it on it is used. */
type Units = readonly (readonly [unit: string, value: number, from: number])[];

/** "12 ms", "3.2 s", "5 min", "2 h". */
export function timeText(ms: number): string {
  return amountText(ms, times, 'ms');
}

/** "20 GB", with factors of 1000, as disks are sold. */
export function bytesText(bytes: number): string {
  return amountText(bytes, sizes, 'B');
}

function amountText(amount: number, units: Units, smallest: string): string {
  const found = units.find(([, value, from]) => amount >= value * from);
  if (found === undefined) return `${Math.round(amount)} ${smallest}`;
  const [unit, value] = found;
  const count = amount / value;
  return `${count < 10 && unit !== 'd' && unit !== 'h' && unit !== 'min' ? Number(count.toFixed(1)) : Math.round(count)} ${unit}`;
}
