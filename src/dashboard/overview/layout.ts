/**
 * Where the client and the nodes stand in the picture: in two columns, the client on top of the left one; where that is too
 * narrow, in one. A node keeps its place whoever leads. Streams go between any two of them.
 *
 * Lengths are px where letters have their usual size, and grow with them.
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
  readonly isNarrow: boolean;
  readonly client: Box;
  readonly nodes: readonly Box[];
}

export interface LayoutAsk {
  readonly width: number;
  readonly nodeCount: number;
  /** Each node has a row of buttons. */
  readonly hasButtons: boolean;
}

const margin = 8;
const top = 16;
const clientHeight = 78;
/** Of the picture's width, where there are two columns. */
const boxShare = 0.42;
/** Between two boxes one above the other: a dot on its way is seen between them, and the badge fits. */
const gap = 40;
/** In a single column streams go at the left. */
const gutter = 46;

export function layoutOf(ask: LayoutAsk): Layout {
  const { width, hasButtons } = ask;
  return width < (hasButtons ? 2 * margin + buttonsWidth / boxShare : 480) ? narrowLayout(ask) : wideLayout(ask);
}

/** As `style` has it. */
export function rem(length: number): string {
  return `${length / 15}rem`;
}

/** Of a card. The buttons need this much of its width to stand in one row. */
const buttonsWidth = 266;

function nodeHeight({ hasButtons }: LayoutAsk, boxWidth: number): number {
  if (!hasButtons) return 66;
  return boxWidth < buttonsWidth ? 134 : 102;
}

function wideLayout(ask: LayoutAsk): Layout {
  const { width, nodeCount } = ask;
  const boxWidth = Math.min(300, (width - 2 * margin) * boxShare);
  const height = nodeHeight(ask, boxWidth);
  const between = nodeCount <= 3 ? gap : 24;
  const leftCount = Math.ceil((nodeCount + 1) / 2) - 1;
  const left = stack([clientHeight, ...Array<number>(leftCount).fill(height)], between);
  const right = stack(Array<number>(nodeCount - leftCount).fill(height), between);
  const inner = Math.max(left.height, right.height);
  const boxes = (column: typeof left, x: number): Box[] =>
    column.tops.map((y, index) => ({
      x,
      y: top + (inner - column.height) / 2 + y,
      width: boxWidth,
      height: column.heights[index] ?? height,
    }));
  const [client = { x: 0, y: 0, width: 0, height: 0 }, ...leftNodes] = boxes(left, margin);
  return {
    width,
    height: top + inner + margin,
    isNarrow: false,
    client,
    nodes: [...leftNodes, ...boxes(right, width - margin - boxWidth)],
  };
}

function narrowLayout(ask: LayoutAsk): Layout {
  const { width, nodeCount } = ask;
  const boxWidth = Math.max(0, width - gutter);
  const column = stack([clientHeight, ...Array<number>(nodeCount).fill(nodeHeight(ask, boxWidth))], 24);
  const boxes = column.tops.map((y, index): Box => {
    return { x: gutter, y: top + y, width: boxWidth, height: column.heights[index] ?? 0 };
  });
  const [client = { x: 0, y: 0, width: 0, height: 0 }, ...nodes] = boxes;
  return { width, height: top + column.height + margin, isNarrow: true, client, nodes };
}

function stack(heights: readonly number[], between: number) {
  const tops = heights.map((_, index) => heights.slice(0, index).reduce((sum, height) => sum + height + between, 0));
  const height = (tops.at(-1) ?? 0) + (heights.at(-1) ?? 0);
  return { heights, tops, height };
}

/** From one box to another; `share` is where on the side of the first it begins, from 0 (top) to 1. */
export function curveBetween({ from, to, isNarrow, share = 0.5 }: CurveAsk): Curve {
  const start = from.y + from.height * share;
  const end = to.y + to.height / 2;
  if (isNarrow) {
    // Around the left side, the further out the longer the way.
    const bend = Math.min(gutter - 8, 14 + Math.abs(end - start) / 9);
    const [a, b] = [
      { x: from.x, y: start },
      { x: to.x, y: end },
    ];
    return { from: a, fromHandle: { x: a.x - bend * 1.3, y: start }, toHandle: { x: b.x - bend * 1.3, y: end }, to: b };
  }
  if (from.x === to.x) return withinColumn(from, to);
  const isRightward = from.x < to.x;
  const a = { x: isRightward ? from.x + from.width : from.x, y: start };
  const b = { x: isRightward ? to.x : to.x + to.width, y: end };
  const middle = (a.x + b.x) / 2;
  return { from: a, fromHandle: { x: middle, y: a.y }, toHandle: { x: middle, y: b.y }, to: b };
}

interface CurveAsk {
  readonly from: Box;
  readonly to: Box;
  readonly isNarrow: boolean;
  readonly share?: number;
}

/** Straight down or up to a neighbour; past those in between, around them. */
function withinColumn(from: Box, to: Box): Curve {
  const isDown = from.y < to.y;
  const distance = isDown ? to.y - from.y - from.height : from.y - to.y - to.height;
  const isLeft = from.x < 2 * margin;
  if (distance <= gap) {
    const x = from.x + from.width * (isLeft ? 0.7 : 0.3);
    const a = { x, y: isDown ? from.y + from.height : from.y };
    const b = { x, y: isDown ? to.y : to.y + to.height };
    const middle = (a.y + b.y) / 2;
    return { from: a, fromHandle: { x, y: middle }, toHandle: { x, y: middle }, to: b };
  }
  const x = isLeft ? from.x + from.width : from.x;
  const [a, b] = [
    { x, y: from.y + from.height / 2 },
    { x, y: to.y + to.height / 2 },
  ];
  const bend = (isLeft ? 1 : -1) * 64;
  return { from: a, fromHandle: { x: x + bend, y: a.y }, toHandle: { x: x + bend, y: b.y }, to: b };
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
