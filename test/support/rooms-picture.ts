/** The rooms as docs/ARCHITECTURE.md shows them: a picture of the houses (the folders at the top of `src`), and a list of all rooms. */

import { rooms, seenFrom } from './rooms.ts';

/** The house of `core/leader` is `core`. */
function houseOf(room: string): string {
  return room.split('/')[0] ?? room;
}

function nameOf(house: string): string {
  return house === '.' ? 'start-node.ts' : `${house}/`;
}

/** For each house, the other houses that its rooms may import from. */
export function houseArrows(): Map<string, Set<string>> {
  const arrows = new Map<string, Set<string>>();
  for (const room of Object.keys(rooms)) {
    const house = houseOf(room);
    const seen = arrows.get(house) ?? new Set();
    arrows.set(house, seen);
    for (const other of seenFrom(room)) if (houseOf(other) !== house) seen.add(houseOf(other));
  }
  return arrows;
}

/** Leaves out arrows that follow from others (a transitive reduction), so that the picture stays readable. */
function reduced(arrows: ReadonlyMap<string, ReadonlySet<string>>): Map<string, string[]> {
  const reaches = (from: string, to: string): boolean => from === to || [...(arrows.get(from) ?? [])].some((next) => reaches(next, to));
  return new Map(
    [...arrows].map(([house, seen]) => [house, [...seen].filter((to) => ![...seen].some((via) => via !== to && reaches(via, to)))]),
  );
}

/** A name that Mermaid accepts. */
function id(house: string): string {
  return house === '.' ? 'start' : house;
}

export function picture(): string {
  const arrows = reduced(houseArrows());
  return [
    '```mermaid',
    'flowchart TD',
    ...[...arrows.keys()].map((house) => `  ${id(house)}["${nameOf(house)}"]`),
    ...[...arrows].flatMap(([house, seen]) => seen.map((other) => `  ${id(house)} --> ${id(other)}`)),
    '```',
  ].join('\n');
}

export function list(): string {
  const rows = Object.entries(rooms).map(([room, { is }]) => `| ${room === '.' ? '(beside them)' : `\`${room}/\``} | ${is} |`);
  return ['| room | for |', '| --- | --- |', ...rows].join('\n');
}
