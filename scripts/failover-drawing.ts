/** Draws the story of a failover: a client, three nodes with their logs, and the milliseconds that it took. */

import { AnimatedSvg, escaped } from './animated-svg.ts';
import type { Moment } from './animated-svg.ts';
import type { FailoverStory } from './failover-story.ts';

const width = 860;
const height = 400;
const totalSeconds = 17;

const nodes = ['n1', 'n2', 'n3'] as const;
type Name = (typeof nodes)[number];

const card = { width: 190, height: 150, top: 74 };
const client = { x: 24, y: card.top, width: 130, height: 98 };
const cell = { size: 22, gap: 5 };

/** The times of the picture, in seconds: what took milliseconds is stretched. */
const at = { firstAppend: 0.8, perAppend: 0.8, kill: 3.8, slowEnd: 8.6, restart: 11.8, caughtUp: 13.4 };

const style = [
  'text{font:15px system-ui,-apple-system,"Segoe UI",sans-serif;fill:var(--ink)}',
  'svg{--paper:#fbfbf9;--ink:#1d1f23;--soft:#6b7079;--line:#c9ccd2;--card:#fff;--lead:#1f6feb;--full:#2e9e5b;--dead:#d1434b}',
  '@media (prefers-color-scheme:dark){svg{--paper:#15181d;--ink:#e8eaed;--soft:#9aa1ab;--line:#3b4149;--card:#1e2228;--lead:#58a6ff;--full:#3fb96f;--dead:#ff6b6b}}',
  '.soft{fill:var(--soft);font-size:13px}.name{font-weight:600;font-size:17px}.say{font-size:18px}.badge{font-size:12.5px;fill:#fff;font-weight:600}',
  '.card{fill:var(--card);stroke:var(--line);stroke-width:1.5}.slot{fill:none;stroke:var(--line)}.held{fill:var(--full)}.dot{fill:var(--lead)}.ack{fill:var(--card);stroke:var(--lead);stroke-width:2}',
].join('');

export function drawFailover(story: FailoverStory): string {
  const svg = new AnimatedSvg(totalSeconds);
  svg.add(`<rect width="${width}" height="${height}" rx="14" fill="var(--paper)"/>`);
  drawClient(svg, story);
  for (const name of nodes) drawNode(svg, { name, story });
  drawAppends(svg, story);
  drawClock(svg, story);
  drawWords(svg, story);
  const title = `${story.killed} leads and is killed; ${story.elected} leads ${story.leadsMs} ms later; ${story.killed} comes back and fetches what it missed`;
  return svg.text({ width, height, style, title });
}

function leftOf(name: string): number {
  return 210 + nodes.indexOf(name as Name) * (card.width + 20);
}

function topOf(name: string): { readonly x: number; readonly y: number } {
  return { x: leftOf(name) + card.width / 2, y: card.top };
}

/** The picture's time, in seconds, of a moment after the kill. */
function slow(story: FailoverStory, ms: number): number {
  return at.kill + (ms / story.answeredMs) * (at.slowEnd - at.kill);
}

/** When each append is sent, and which node leads at that time. */
function appendsOf(story: FailoverStory): { readonly sentAt: number; readonly leader: string; readonly isWaiting: boolean }[] {
  const before = Array.from({ length: story.countBefore }, (_, n) => at.firstAppend + n * at.perAppend);
  const after = Array.from({ length: story.countAfter - 1 }, (_, n) => at.slowEnd + 0.9 + n * at.perAppend);
  return [
    ...before.map((sentAt) => ({ sentAt, leader: story.killed, isWaiting: false })),
    { sentAt: at.kill + 0.1, leader: story.elected, isWaiting: true },
    ...after.map((sentAt) => ({ sentAt, leader: story.elected, isWaiting: false })),
  ];
}

/** When each node holds the append: first the leader, then the followers, and last the node that was down. */
function heldAt(story: FailoverStory, { n, name }: { readonly n: number; readonly name: string }): number {
  const append = appendsOf(story)[n];
  if (append === undefined) return totalSeconds;
  const placedAt = append.isWaiting ? slow(story, story.leadsMs) + 0.1 : append.sentAt + 0.2;
  if (name === append.leader) return placedAt + 0.1;
  if (name !== story.killed || n < story.countBefore) return placedAt + (append.isWaiting ? (at.slowEnd - placedAt) * 0.6 : 0.32);
  const missed = n - story.countBefore;
  return at.restart + 0.7 + (missed * (at.caughtUp - at.restart - 0.7)) / story.countAfter;
}

function drawClient(svg: AnimatedSvg, story: FailoverStory): void {
  const middle = client.x + client.width / 2;
  svg.add(`<rect class="card" x="${client.x}" y="${client.y}" width="${client.width}" height="${client.height}" rx="10"/>`);
  svg.add(`<text class="name" x="${middle}" y="${client.y + 28}" text-anchor="middle">client</text>`);
  svg.add(`<text class="soft" x="${middle}" y="${client.y + 50}" text-anchor="middle">POST, w=majority</text>`);
  svg.add(`<text class="${svg.shown(at.kill + 0.2, at.slowEnd)}" x="${middle}" y="${client.y + 80}" text-anchor="middle">waits …</text>`);
  for (const [n, append] of appendsOf(story).entries()) {
    const answeredAt = append.isWaiting ? at.slowEnd : append.sentAt + 0.62;
    const said = `<text class="${svg.shown(answeredAt, answeredAt + 0.6)}" x="${middle}" y="${client.y + 80}" text-anchor="middle">201, offset ${n}</text>`;
    svg.add(said);
  }
}

function drawNode(svg: AnimatedSvg, { name, story }: { readonly name: Name; readonly story: FailoverStory }): void {
  const x = leftOf(name);
  const leadsFrom = slow(story, story.leadsMs);
  const isKilled = name === story.killed;
  const alive: Moment[] = [
    [at.kill, 'opacity:1'],
    [at.kill + 0.1, 'opacity:.35'],
    [at.restart, 'opacity:.35'],
    [at.restart + 0.2, 'opacity:1'],
  ];
  svg.add(`<g class="${isKilled ? svg.moving(alive) : ''}">`);
  svg.add(`<rect class="card" x="${x}" y="${card.top}" width="${card.width}" height="${card.height}" rx="10"/>`);
  svg.add(`<text class="name" x="${x + 16}" y="${card.top + 30}">${name}</text>`);
  drawLog(svg, { name, story, x: x + 16 });
  svg.add('</g>');
  const spans: readonly { readonly epoch: number; readonly from: number; readonly to: number }[] = [
    ...(isKilled ? [{ epoch: story.epochs[0], from: 0, to: at.kill + 0.15 }] : []),
    ...(name === story.elected ? [{ epoch: story.epochs[1], from: leadsFrom, to: totalSeconds }] : []),
  ];
  for (const { epoch, from, to } of spans) {
    svg.add(
      `<g class="${svg.shown(from, to)}"><rect x="${x + 56}" y="${card.top + 14}" width="126" height="22" rx="11" fill="var(--lead)"/>`,
    );
    svg.add(`<text class="badge" x="${x + 119}" y="${card.top + 30}" text-anchor="middle">leader, epoch ${epoch}</text></g>`);
  }
  const follows: [number, number][] = isKilled
    ? [[at.restart + 0.6, totalSeconds]]
    : [[0, name === story.elected ? leadsFrom : totalSeconds]];
  for (const [from, to] of follows) svg.add(`<text class="soft ${svg.shown(from, to)}" x="${x + 60}" y="${card.top + 30}">follower</text>`);
  if (!isKilled) return;
  const cross = `<path d="M${x + 60} ${card.top + 16} l18 18 m0 -18 l-18 18" stroke="var(--dead)" stroke-width="4" fill="none"/>`;
  const word = `<text x="${x + 88}" y="${card.top + 31}" style="fill:var(--dead);font-weight:600">kill -9</text>`;
  svg.add(`<g class="${svg.shown(at.kill + 0.1, at.restart)}">${cross}${word}</g>`);
}

function drawLog(svg: AnimatedSvg, { name, story, x }: { readonly name: Name; readonly story: FailoverStory; readonly x: number }): void {
  const y = card.top + 82;
  svg.add(`<text class="soft" x="${x}" y="${y - 12}">log on disk</text>`);
  for (let n = 0; n < story.countBefore + story.countAfter; n += 1) {
    const left = x + n * (cell.size + cell.gap);
    svg.add(`<rect class="slot" x="${left}" y="${y}" width="${cell.size}" height="${cell.size}" rx="4"/>`);
    svg.add(
      `<rect class="held ${svg.shown(heldAt(story, { n, name }))}" x="${left}" y="${y}" width="${cell.size}" height="${cell.size}" rx="4"/>`,
    );
    svg.add(`<text class="soft" x="${left + cell.size / 2}" y="${y + 40}" text-anchor="middle">${n}</text>`);
  }
}

/** Dots: a message on its way, and (hollow) an acknowledgement or an answer coming back. */
function drawAppends(svg: AnimatedSvg, story: FailoverStory): void {
  const home = { x: client.x + client.width / 2, y: client.y };
  for (const [n, append] of appendsOf(story).entries()) {
    const leader = topOf(append.leader);
    const leaderHolds = heldAt(story, { n, name: append.leader });
    const answeredAt = append.isWaiting ? at.slowEnd : append.sentAt + 0.62;
    const entry = append.isWaiting ? topOf(story.asked) : leader;
    const legs: Leg[] = [{ from: home, to: entry, start: append.sentAt, end: append.sentAt + 0.2 }];
    if (append.isWaiting && story.asked !== append.leader) {
      legs.push({ from: entry, to: leader, start: leaderHolds - 0.25, end: leaderHolds });
    }
    for (const leg of legs) drawDot(svg, { ...leg, look: 'dot' });
    // It waits at the node that took it.
    if (append.isWaiting) drawDot(svg, { from: entry, to: entry, start: append.sentAt + 0.2, end: leaderHolds - 0.25, look: 'dot' });
    for (const name of nodes) {
      if (name === append.leader || (name === story.killed && n >= story.countBefore)) continue;
      const holds = heldAt(story, { n, name });
      drawDot(svg, { from: leader, to: topOf(name), start: leaderHolds - 0.05, end: holds, look: 'dot' });
      drawDot(svg, { from: topOf(name), to: leader, start: holds, end: holds + 0.15, look: 'ack' });
    }
    drawDot(svg, { from: entry, to: home, start: answeredAt - 0.15, end: answeredAt, look: 'ack' });
  }
  for (let n = 0; n < story.countAfter; n += 1) {
    const end = heldAt(story, { n: story.countBefore + n, name: story.killed });
    drawDot(svg, { from: topOf(story.elected), to: topOf(story.killed), start: end - 0.35, end, look: 'dot' });
  }
}

interface Leg {
  readonly from: { readonly x: number; readonly y: number };
  readonly to: { readonly x: number; readonly y: number };
  readonly start: number;
  readonly end: number;
}

function place({ x, y }: Leg['from'], opacity: number): string {
  return `transform:translate(${x}px,${y - 14}px);opacity:${opacity}`;
}

function drawDot(svg: AnimatedSvg, { from, to, start, end, look }: Leg & { readonly look: 'dot' | 'ack' }): void {
  const gone = 0.01;
  const path = svg.moving([
    [Math.max(0, start - gone), place(from, 0)],
    [start, place(from, 1)],
    [end, place(to, 1)],
    [end + gone, place(to, 0)],
  ]);
  svg.add(`<circle class="${look} ${path}" r="${look === 'dot' ? 7 : 6}"/>`);
}

/** The milliseconds from the kill to the next answer, with what the nodes logged. */
function drawClock(svg: AnimatedSvg, story: FailoverStory): void {
  const [left, right, y] = [210, 820, 276];
  const along = (ms: number): number => left + (ms / story.answeredMs) * (right - left);
  svg.add(`<g class="${svg.shown(at.kill, at.restart)}">`);
  svg.add(`<line x1="${left}" y1="${y}" x2="${right}" y2="${y}" stroke="var(--line)" stroke-width="3"/>`);
  const cursor: Moment[] = [
    [at.kill, 'transform:scaleX(0)'],
    [at.slowEnd, 'transform:scaleX(1)'],
  ];
  svg.add(
    `<rect class="${svg.moving(cursor)}" style="transform-origin:${left}px ${y}px" x="${left}" y="${y - 1.5}" width="${right - left}" height="3" fill="var(--lead)"/>`,
  );
  const [above, below, lower] = [y - 14, y + 24, y + 44];
  const marks = [
    { ms: 0, label: 'kill -9', anchor: 'start', row: below },
    { ms: story.pollMs, label: `${story.elected} asks: may I lead?`, anchor: 'end', row: above },
    { ms: story.leadsMs, label: `${story.elected} leads`, anchor: 'end', row: below },
    { ms: story.answeredMs, label: 'answered', anchor: 'end', row: lower },
  ];
  for (const { ms, label, anchor, row } of marks) {
    const x = along(ms);
    svg.add(`<g class="${svg.shown(slow(story, ms))}"><circle cx="${x}" cy="${y}" r="6" fill="var(--lead)"/>`);
    svg.add(
      `<text class="soft" x="${x + (anchor === 'end' ? 6 : -6)}" y="${row}" text-anchor="${anchor}">${escaped(label)} · ${ms} ms</text></g>`,
    );
  }
  svg.add('</g>');
}

function drawWords(svg: AnimatedSvg, story: FailoverStory): void {
  const leads = slow(story, story.leadsMs);
  const asks = slow(story, story.pollMs);
  const scenes: readonly (readonly [from: number, words: string])[] = [
    [0, `Three equal nodes. ${story.killed} leads: it gives every message its offset.`],
    [at.firstAppend, 'The client hears 201 when two of the three have its message on disk.'],
    [at.kill, `${story.killed} is killed. The next write waits at ${story.asked}.`],
    [asks, `${story.elected} no longer hears a leader, and asks the others: may I lead?`],
    [leads, `A majority said yes: ${story.elected} leads epoch ${story.epochs[1]}, and takes the waiting write.`],
    [at.slowEnd, `Answered after ${story.answeredMs} ms. Nothing was lost, and writes go on.`],
    [at.restart, `${story.killed} is started again: it follows ${story.elected} and fetches what it missed.`],
    [at.caughtUp + 0.6, 'All three hold the same log.'],
  ];
  for (const [index, [from, words]] of scenes.entries()) {
    const to = scenes[index + 1]?.[0] ?? totalSeconds;
    svg.add(`<text class="say ${svg.shown(from, to)}" x="${width / 2}" y="362" text-anchor="middle">${escaped(words)}</text>`);
  }
  svg.add(
    `<text class="soft" x="24" y="34">Recorded on three real nodes. The ${story.answeredMs} ms of the failover are shown slowly.</text>`,
  );
}
