/**
 * Where the nodes stand in the picture: the leader on the left and the others on the right; where that is too narrow, the
 * leader on top and the others below it. Streams go between them.
 */

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

/** A cubic curve: its ends, and what it bends towards. */
export interface Curve {
  readonly from: Point;
  readonly fromHandle: Point;
  readonly toHandle: Point;
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

const wideFrom = 480;

export function layoutOf(width: number, otherCount: number): Layout {
  return width < wideFrom ? narrowLayout(width, otherCount) : wideLayout(width, otherCount);
}

function wideLayout(width: number, otherCount: number): Layout {
  const leaderSize = { width: Math.min(220, width * 0.3), height: 112 };
  const otherSize = { width: Math.min(270, width * 0.36), height: otherCount <= 3 ? 66 : otherCount <= 5 ? 60 : 54 };
  const gap = otherCount <= 2 ? 34 : otherCount <= 5 ? 16 : 8;
  const stack = otherCount * otherSize.height + Math.max(0, otherCount - 1) * gap;
  const height = Math.max(stack, leaderSize.height + 40, 190) + 24;
  const leader: Box = {
    ...leaderSize,
    x: otherCount === 0 ? (width - leaderSize.width) / 2 : 14,
    y: (height - leaderSize.height) / 2,
  };
  const others = Array.from({ length: otherCount }, (_, index): Box => {
    const y = (height - stack) / 2 + index * (otherSize.height + gap);
    return { ...otherSize, x: width - otherSize.width - 14, y };
  });
  const streams = others.map((box, index): Curve => {
    const share = otherCount === 1 ? 0.5 : 0.2 + (0.6 * index) / (otherCount - 1);
    const from = { x: leader.x + leader.width, y: leader.y + leader.height * share };
    const to = { x: box.x, y: box.y + box.height / 2 };
    const middle = (from.x + to.x) / 2;
    return { from, fromHandle: { x: middle, y: from.y }, toHandle: { x: middle, y: to.y }, to };
  });
  return { width, height, leader, others, streams };
}

function narrowLayout(width: number, otherCount: number): Layout {
  const leader: Box = { x: 8, y: 12, width: Math.max(0, width - 16), height: 92 };
  const [boxHeight, firstGap, gap] = [58, 76, otherCount <= 3 ? 18 : 10];
  const left = Math.max(92, width - 256);
  const others = Array.from({ length: otherCount }, (_, index): Box => {
    const y = leader.y + leader.height + firstGap + index * (boxHeight + gap);
    return { x: left, y, width: Math.max(0, width - left - 8), height: boxHeight };
  });
  const bottom = (others.at(-1)?.y ?? leader.y + leader.height - boxHeight) + boxHeight;
  const streams = others.map((box, index): Curve => {
    // The lowest stands furthest out, so that streams do not cross.
    const x = left - 22 - ((left - 56) * index) / Math.max(1, otherCount - 1);
    const from = { x, y: leader.y + leader.height };
    const to = { x: box.x, y: box.y + box.height / 2 };
    return { from, fromHandle: { x, y: (from.y + to.y) / 2 + 20 }, toHandle: { x, y: to.y }, to };
  });
  return { width, height: bottom + 12, leader, others, streams };
}

export function pathOf({ from, fromHandle, toHandle, to }: Curve): string {
  return `M${from.x} ${from.y}C${fromHandle.x} ${fromHandle.y} ${toHandle.x} ${toHandle.y} ${to.x} ${to.y}`;
}

/** About: through eight points of it. */
export function lengthOf(curve: Curve): number {
  const points = Array.from({ length: 9 }, (_, index) => pointOn(curve, index / 8));
  return points.reduce((sum, { x, y }, index) => sum + Math.hypot(x - (points[index - 1]?.x ?? x), y - (points[index - 1]?.y ?? y)), 0);
}

/** @param place - from 0 to 1 along the curve */
export function pointOn({ from, fromHandle, toHandle, to }: Curve, place: number): Point {
  const t = Math.min(1, Math.max(0, place));
  const u = 1 - t;
  const [b0, b1, b2, b3] = [u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t];
  return {
    x: b0 * from.x + b1 * fromHandle.x + b2 * toHandle.x + b3 * to.x,
    y: b0 * from.y + b1 * fromHandle.y + b2 * toHandle.y + b3 * to.y,
  };
}
