import assert from 'node:assert/strict';
import { test } from 'node:test';
import { curveBetween, layoutOf, lengthOf, pointOn } from './layout.ts';
import type { Box } from './layout.ts';

const sizes = [1, 2, 3, 4, 5, 7, 9].flatMap((nodeCount) =>
  [320, 480, 640, 900, 1200].flatMap((width) => [true, false].map((hasButtons) => ({ width, nodeCount, hasButtons }))),
);

function areApart(one: Box, other: Box): boolean {
  const isBeside = one.x + one.width <= other.x || other.x + other.width <= one.x;
  return isBeside || one.y + one.height <= other.y || other.y + other.height <= one.y;
}

test('however many nodes there are, and however wide it is, all stand inside the picture and none on another', () => {
  for (const size of sizes) {
    const { width, height, client, nodes } = layoutOf(size);
    assert.equal(nodes.length, size.nodeCount);
    const boxes = [client, ...nodes];
    for (const [index, box] of boxes.entries()) {
      const where = `${index} of ${JSON.stringify(size)}`;
      assert.ok(box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height, where);
      for (const other of boxes.slice(index + 1)) assert.ok(areApart(box, other), where);
    }
  }
});

test('whoever leads, a stream begins at that node, ends at the other, and stays in the picture', () => {
  for (const size of sizes) {
    const { width, client, nodes, isNarrow } = layoutOf(size);
    const boxes = [client, ...nodes];
    for (const from of boxes) {
      for (const to of boxes) {
        if (from === to) continue;
        const curve = curveBetween({ from, to, isNarrow });
        assert.ok(isOnEdge(curve.from, from) && isOnEdge(curve.to, to), JSON.stringify({ size, curve }));
        assert.ok(lengthOf(curve) > 20);
        for (let place = 0; place <= 1; place += 0.1) {
          const { x } = pointOn(curve, place);
          assert.ok(x >= 0 && x <= width, JSON.stringify({ size, curve, x }));
        }
      }
    }
  }
});

function isOnEdge({ x, y }: { readonly x: number; readonly y: number }, box: Box): boolean {
  const isIn = x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height;
  return isIn && (x === box.x || x === box.x + box.width || y === box.y || y === box.y + box.height);
}
