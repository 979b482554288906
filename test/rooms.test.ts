/** Checks `src` against the table of rooms in support/rooms.ts: which room imports which, how long files are, and the picture of it. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { circles, readSource, sourceFile } from './support/imports.ts';
import type { SourceFile } from './support/imports.ts';
import { repository } from './support/nodes.ts';
import { list, picture } from './support/rooms-picture.ts';
import { roomOf, rooms, seenFrom } from './support/rooms.ts';

const linesMax = 350;
const looseFilesMax = 4;

/** Tests and their support files may import anything; a build's configuration is not part of what it builds. */
const isExempt = ({ path }: SourceFile): boolean => /\.(test|test-support)\.tsx?$|\.config\.ts$/.test(path);
const all = readSource(join(repository, 'src'));
const files = all.filter((file) => !isExempt(file));

/** The arrows between rooms, each with an import as an example. */
function arrowsOf(sources: readonly SourceFile[]): Map<string, string> {
  const arrows = new Map<string, string>();
  for (const { path, files: imported } of sources) {
    for (const target of imported) {
      const [from, to] = [roomOf(path), roomOf(target)];
      if (from !== to) arrows.set(`${from} -> ${to}`, `${path} imports ${target}`);
    }
  }
  return arrows;
}

function forbidden(sources: readonly SourceFile[]): string[] {
  const allowed = new Set(Object.keys(rooms).flatMap((room) => seenFrom(room).map((other) => `${room} -> ${other}`)));
  return [...arrowsOf(sources)].flatMap(([arrow, example]) => (allowed.has(arrow) ? [] : [`${arrow}: ${example}`]));
}

function fileCircles(sources: readonly SourceFile[]): string[][] {
  return circles(new Map(sources.map(({ path, files: imported }) => [path, imported])));
}

test('every import is allowed by the table', () => {
  assert.deepEqual(forbidden(files), []);
});

test('there is no import cycle between rooms or files of src, type imports included', () => {
  assert.deepEqual(circles(new Map(Object.keys(rooms).map((room) => [room, seenFrom(room)]))), []);
  assert.deepEqual(fileCircles(files), []);
});

test('a planted cycle and a planted forbidden import are found, in every form of import', () => {
  const planted = [
    sourceFile('core/model/place.ts', "import type {\n  Batch,\n  Key,\n} from './batch.ts';\n"),
    sourceFile('core/model/batch.ts', "export type { Place } from './place.ts';\n"),
    sourceFile('core/replica.ts', "export async function x() {\n  return import('../driver/driver.ts');\n}\n"),
    sourceFile('driver/driver.ts', "import '../core/replica.ts';\n"),
  ];
  assert.deepEqual(fileCircles(planted), [
    ['core/model/batch.ts', 'core/model/place.ts'],
    ['core/replica.ts', 'driver/driver.ts'],
  ]);
  assert.deepEqual(forbidden(planted), ['core -> driver: core/replica.ts imports driver/driver.ts']);
});

test('every room of the table has files, and every arrow has an import', () => {
  const used = new Set(arrowsOf(files).keys());
  const idle = Object.entries(rooms).flatMap(([room, { sees }]) =>
    sees.flatMap((name) => {
      const targets = name.endsWith('/*') ? seenFrom(room).filter((other) => `${other}/`.startsWith(name.slice(0, -1))) : [name];
      return targets.some((other) => used.has(`${room} -> ${other}`)) ? [] : [`${room} -> ${name}`];
    }),
  );
  assert.deepEqual(idle, []);
  const lived = new Set(files.map(({ path }) => roomOf(path)));
  assert.deepEqual(
    Object.keys(rooms).filter((room) => !lived.has(room)),
    [],
  );
  assert.deepEqual(
    [...new Set(files.map(({ path }) => path.slice(0, Math.max(0, path.lastIndexOf('/')))))].filter(
      (folder) => folder !== '' && roomOf(`${folder}/x`) !== folder,
    ),
    [],
  );
});

test('a room uses only the modules of Node and the packages that the table lists for it', () => {
  const strange = files.flatMap(({ path, packages }) => {
    const { node = [], packages: known = [] } = rooms[roomOf(path)] ?? {};
    const isKnown = (name: string): boolean =>
      name.startsWith('node:') ? node === '*' || node.includes(name) : known.some((one) => name === one || name.startsWith(`${one}/`));
    return packages.filter((name) => !isKnown(name)).map((name) => `${path} uses ${name}`);
  });
  assert.deepEqual(strange, []);
});

test(`no file of src but tests and planted bugs is longer than ${linesMax} lines, and at most ${looseFilesMax} files are in no room`, () => {
  const long = files.filter(({ path, lineCount }) => lineCount > linesMax && !path.startsWith('sim/mutants/')).map(({ path }) => path);
  assert.deepEqual(long, [], 'split it by subject');
  const loose = all.map(({ path }) => path).filter((path) => !path.includes('/'));
  assert.ok(loose.length <= looseFilesMax, loose.join());
});

test('the picture and the list of the rooms in docs/ARCHITECTURE.md are made from the table', () => {
  const path = join(repository, 'docs/ARCHITECTURE.md');
  const page = readFileSync(path, 'utf8');
  const made = page
    .replace(/(<!-- picture of the rooms -->\n)[^]*?(\n<!-- end -->)/, (_, start: string, end: string) => `${start}\n${picture()}\n${end}`)
    .replace(/(<!-- list of the rooms -->\n)[^]*?(\n<!-- end -->)/, (_, start: string, end: string) => `${start}\n${list()}\n${end}`);
  assert.match(page, /<!-- picture of the rooms -->[^]*<!-- list of the rooms -->/);
  if (process.env['REWRITE'] === '1') writeFileSync(path, made);
  assert.equal(readFileSync(path, 'utf8'), made, 'REWRITE=1 npm test -- rooms writes it');
});
