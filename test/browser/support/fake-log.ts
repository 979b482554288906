/** A log of any length that is made up when somebody reads it: of offset and epoch follows the entry. */

export interface EpochStart {
  readonly epoch: number;
  readonly start: number;
}

const minutesAgo = 90;

export function entryLine(offset: number, epochs: readonly EpochStart[], end: number): string {
  const { epoch } = epochs.findLast(({ start }) => start <= offset) ?? { epoch: 1 };
  // The last is new, the first as old as the log.
  const ageMs = ((end - 1 - offset) / Math.max(1, end)) * minutesAgo * 60_000;
  const timestamp = new Date(Math.floor((Date.now() - ageMs) / 1000) * 1000 + (offset % 1000)).toISOString();
  return `{"offset":${offset},"epoch":${epoch},"timestamp":"${timestamp}","message":${messageText(offset, epoch)}}`;
}

const cities = ['Lviv', 'Kyiv', 'Odesa', 'Kharkiv', 'Dnipro'];

/** JSON of many kinds; every 10,000th is long. */
export function messageText(offset: number, epoch: number): string {
  const city = cities[offset % cities.length];
  if (offset % 10_000 === 9_999) return JSON.stringify({ offset, kind: 'long', text: 'x'.repeat(100_000), end: true });
  switch (offset % 6) {
    case 0:
      return JSON.stringify(`message ${offset}`);
    case 1:
      return `{"order":${offset},"city":"${city}","total":${(offset % 977) / 4}0,"paid":${offset % 4 === 1},"epoch":${epoch}}`;
    case 2:
      return JSON.stringify({ user: { id: offset % 4099, name: 'Olena', tags: ['a', 'b'] }, at: [50.45, 30.52], note: null });
    case 3:
      return `12345678901234567890${offset}`;
    case 4:
      return JSON.stringify([offset, city, { nested: { deep: [1, 2, { deeper: true }] } }]);
    default:
      return JSON.stringify({ text: `${'words and words '.repeat(8)}${city} ${offset}` });
  }
}
