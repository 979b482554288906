import assert from 'node:assert/strict';
import { test } from 'node:test';
import { World } from './world.ts';

test('whoever waits for the rest of a timeout, however short, finds it over', async () => {
  const world = new World();
  const overAt = 5478.370466642636;
  world.after(overAt - 4e-13, () => undefined);
  await world.run(Number.POSITIVE_INFINITY, () => undefined);
  let waits = 0;
  while (world.now < overAt && waits < 10) {
    world.after(overAt - world.now, () => undefined);
    await world.run(Number.POSITIVE_INFINITY, () => undefined);
    waits += 1;
  }
  assert.ok(world.now >= overAt, `${waits} waits`);
  world.after(4e-13, () => undefined);
  const before = world.now;
  await world.run(Number.POSITIVE_INFINITY, () => undefined);
  assert.ok(world.now > before);
});
