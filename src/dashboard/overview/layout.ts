/** Where the nodes stand in the picture: the leader on the left, the others on the right, streams between them. */

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A curve with level ends. */
export interface Curve {
  readonly from: Point;
  readonly to: Point;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly leader: Box;
  readonly others: readonly Box[];
  /** From the leader to each of the others. */
  readonly streams: readonly Curve[];
}

export function layoutOf(width: number, otherCount: number): Layout {
  const isNarrow = width < 480;
  const leaderWidth = isNarrow ? 112 : Math.min(220, width * 0.3);
  const otherWidth = isNarrow ? 138 : Math.min(270, width * 0.36);
  const otherHeight = otherCount <= 3 ? 66 : otherCount <= 5 ? 60 : 54;
  const gap = otherCount <= 2 ? 34 : otherCount <= 5 ? 16 : 8;
  const stack = otherCount * otherHeight + Math.max(0, otherCount - 1) * gap;
  const leaderHeight = 112;
  const height = Math.max(stack, leaderHeight + 40, 190) + 16;
  const leader: Box = {
    x: otherCount === 0 ? (width - leaderWidth) / 2 : 1,
    y: (height - leaderHeight) / 2,
    width: leaderWidth,
    height: leaderHeight,
  };
  const others = Array.from({ length: otherCount }, (_, index): Box => {
    const y = (height - stack) / 2 + index * (otherHeight + gap);
    return { x: width - otherWidth - 1, y, width: otherWidth, height: otherHeight };
  });
  const streams = others.map((box, index): Curve => {
    const share = otherCount === 1 ? 0.5 : 0.2 + (0.6 * index) / (otherCount - 1);
    return {
      from: { x: leader.x + leader.width, y: leader.y + leader.height * share },
      to: { x: box.x, y: box.y + box.height / 2 },
    };
  });
  return { width, height, leader, others, streams };
}

/** How much of the way the handles of a curve take. */
const bend = 0.5;

export function pathOf({ from, to }: Curve): string {
  const handle = (to.x - from.x) * bend;
  return `M${from.x} ${from.y}C${from.x + handle} ${from.y} ${to.x - handle} ${to.y} ${to.x} ${to.y}`;
}

/** @param place - from 0 to 1 along the curve */
export function pointOn({ from, to }: Curve, place: number): Point {
  const t = Math.min(1, Math.max(0, place));
  const u = 1 - t;
  const handle = (to.x - from.x) * bend;
  const [b0, b1, b2, b3] = [u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t];
  return {
    x: b0 * from.x + b1 * (from.x + handle) + b2 * (to.x - handle) + b3 * to.x,
    y: (b0 + b1) * from.y + (b2 + b3) * to.y,
  };
}
