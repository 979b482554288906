/** The axis on which the ends of all nodes stand: the whole log while it is short, else its newest part. */

export interface EndsAxis {
  /** Offsets at its left and right. */
  readonly start: number;
  readonly end: number;
  /** Where lines stand, from 0 to 1. Counted back from the newest end where the axis moves with it, so that they stand still. */
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
}

const tickPlaces = [0, 0.5, 1];
const widthMin = 50;
const widthMax = 1_000_000;
/** So much of the axis the lag of the slowest node may take. */
const lagShareMax = 0.8;

/** @param newest - the highest end of all. @param ends - of each node: those that are very far behind lie off the axis */
export function endsAxis(newest: number, ends: readonly number[]): EndsAxis {
  const lag = Math.max(0, ...ends.map((end) => newest - end));
  let width = widthMin;
  while (width * lagShareMax < lag && width < widthMax) width = nextWidth(width);
  const isWhole = newest <= width;
  const start = isWhole ? 0 : newest - width;
  const ticks = tickPlaces.map((at) => {
    const value = at * width;
    return { at, label: isWhole ? format(value) : at === 1 ? 'newest' : `−${format(width - value)}` };
  });
  return { start, end: start + width, ticks };
}

/** 50, 100, 200, 500, 1000, 2000 … */
function nextWidth(width: number): number {
  return String(width).startsWith('2') ? width * 2.5 : width * 2;
}

const numbers = new Intl.NumberFormat('en', { notation: 'compact' });

function format(value: number): string {
  return numbers.format(value);
}

/** From 0 to 1; what lies off the axis stands at its end. */
export function placeOf(offset: number, { start, end }: EndsAxis): number {
  return Math.min(1, Math.max(0, (offset - start) / (end - start)));
}
