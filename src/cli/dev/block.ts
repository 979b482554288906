/**
 * The status block at the bottom of the terminal of `rlog dev`, as lines of pieces. Pure: the state of the cluster and the
 * size of the terminal go in, lines that fit come out.
 */

import { counted } from '../../api/wording.ts';
import { printable } from '../../observe/printable.ts';
import { isThere, isWhole, keyOf, leaderOf } from './cluster-view.ts';
import type { ClusterView, NodeView } from './cluster-view.ts';
import { wrapped } from './wrap.ts';

export type Look = 'plain' | 'strong' | 'soft' | 'good' | 'bad' | 'warning';

interface Piece {
  readonly text: string;
  readonly look: Look;
}

export type Line = readonly Piece[];

export interface WriterView {
  readonly acknowledged: number;
  readonly slowestMs: number;
  /** How long the current append has been waiting. */
  readonly waitingMs: number;
}

/** A node that can be promoted, and its key. */
export interface Candidate {
  readonly key: string;
  readonly id: string;
}

export interface BlockState {
  readonly view: ClusterView;
  readonly pageUrl: string;
  readonly areLogsShown: boolean;
  /** `undefined` while it is off. */
  readonly writer: WriterView | undefined;
  /** Shown above the rest until a key is pressed. */
  readonly help: readonly string[];
  /** The nodes to choose from, while a promotion waits for a key. */
  readonly candidates: readonly Candidate[];
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Rows that are left to the sentences above the block. */
const rowsForSentences = 4;
/** A wait that is worth mentioning. */
const noticeableMs = 300;

/** @returns lines of at most `columns - 1` characters, and fewer than `rows` of them */
export function blockLines(state: BlockState, { columns, rows }: Size): Line[] {
  const width = Math.max(columns - 1, 1);
  const { view } = state;
  const rule: Line = [piece('─'.repeat(width), 'soft')];
  const nodes = view.nodes.map((node) => nodeLine(view, node));
  const summary: Line = [piece(' '), ...summaryOf(view)];
  const writer = state.writer === undefined ? [] : [writerLine(state.writer)];
  const page: Line = [piece(' page '), piece(state.pageUrl, 'strong')];
  const keys = keysLine(state);
  const whole = [rule, page, ...nodes, summary, ...writer, keys];
  const room = Math.max(rows - rowsForSentences, 1);
  const fitting =
    whole.length <= room
      ? whole
      : [[piece(' '), ...inOneLine(view)], summary, ...writer, keys].slice(0, Math.max(Math.min(room, rows - 1), 1));
  return [...helpLines(state.help, { width, room: rows - 1 - fitting.length }), ...fitting.map((line) => cut(line, width))];
}

/** As many lines as fit. */
function helpLines(help: readonly string[], { width, room }: { readonly width: number; readonly room: number }): Line[] {
  if (help.length === 0 || room <= 0) return [];
  const rule: Line = [piece('─'.repeat(width), 'soft')];
  const lines = help.flatMap((line) => wrapped(line, width)).map((line): Line => cut([piece(line)], width));
  return [rule, ...lines].slice(0, room);
}

function nodeLine(view: ClusterView, node: NodeView): Line {
  const nameWidth = Math.max(...view.nodes.map(({ id }) => id.length));
  const { text, look } = stateOf(view, node);
  const notes = notesOf(view, node);
  return [
    piece(` ${keyOf(view, node.id)} `, 'strong'),
    piece(`${node.id.padEnd(nameWidth)}  `),
    piece(text.padEnd(9), look),
    piece(` ${node.url}  `, 'soft'),
    piece(notes, 'warning'),
  ];
}

function stateOf(view: ClusterView, node: NodeView): Piece {
  if (!node.isRunning) return piece('down', 'bad');
  if (node.isPaused) return piece('paused', 'bad');
  if (node.isCutOff) return piece('cut off', 'bad');
  if (node.health === undefined) return node.isStarting ? piece('starting', 'warning') : piece('silent', 'bad');
  const leading = leaderOf(view);
  if (leading?.node.id === node.id) return piece('LEADS', 'good');
  if (leading === undefined) return piece('waits', 'warning');
  return isWhole(view, node.id) ? piece('follows', 'good') : piece('behind', 'warning');
}

function notesOf(view: ClusterView, node: NodeView): string {
  const key = keyOf(view, node.id);
  const notes: string[] = [];
  if (!node.isRunning) notes.push(`press ${key} to start it`);
  const lag = leaderOf(view)?.health.members.find(({ id }) => id === node.id)?.lagEntries ?? 0;
  if (lag > 0 && !isWhole(view, node.id)) notes.push(`${counted(lag, 'entry', 'entries')} behind`);
  if (node.delayMs > 0) notes.push(`delay ${seconds(node.delayMs)}`);
  return notes.join(', ');
}

/** What the state means for writers. */
function summaryOf(view: ClusterView): Line {
  const leading = leaderOf(view);
  if (leading === undefined || leading.health.status === 'read-only') {
    if (view.coordinator === 'static' && view.nodes.some(({ kind, isRunning }) => kind === 'master' && !isRunning)) {
      return [piece('No leader: appends wait until the master is back.', 'bad')];
    }
    const there = view.nodes.filter(isThere).length;
    if (there <= view.nodes.length / 2)
      return [piece(`No majority (${there} of ${view.nodes.length} nodes): no append is acknowledged.`, 'bad')];
    return [piece(leading === undefined ? 'No leader yet: appends wait.' : `${leading.node.id} waits for a majority.`, 'warning')];
  }
  const { epoch, waitingFor } = leading.health;
  // The leader finds out after a while; the lab knows at once.
  const missing = [...new Set([...view.nodes.filter((node) => !isThere(node)).map(({ id }) => id), ...waitingFor])];
  if (missing.length === 0) return [piece(`Epoch ${epoch}. All well: every append is answered, whatever its w.`)];
  return [piece(`Epoch ${epoch}. `), piece(`w=all waits for ${missing.join(', ')}; w=majority works.`, 'warning')];
}

/** For a terminal without room for a line per node. */
function inOneLine(view: ClusterView): Line {
  return view.nodes.flatMap((node) => {
    const { text, look } = stateOf(view, node);
    return [piece(`${keyOf(view, node.id)} `, 'strong'), piece(`${node.id} `), piece(`${text}  `, look)];
  });
}

function writerLine({ acknowledged, slowestMs, waitingMs }: WriterView): Line {
  const told = piece(` Writer (a): ${acknowledged} acknowledged, the slowest after ${Math.round(slowestMs)} ms`);
  if (waitingMs < noticeableMs) return [told];
  return [told, piece(`; now waiting for ${seconds(waitingMs)}`, 'warning')];
}

function keysLine({ view, areLogsShown, writer, candidates }: BlockState): Line {
  if (candidates.length > 0)
    return [
      piece(' Promote which node?', 'warning'),
      ...keyPieces([...candidates.map(({ key, id }): Key => [key, id]), ['Esc', 'cancel']]),
    ];
  const { length } = view.nodes;
  const keys: Key[] = [[length === 1 ? '1' : `1-${length}`, 'kill/start']];
  if (view.coordinator === 'elections') keys.push(['p', 'promote']);
  keys.push(
    ['a', writer === undefined ? 'append' : 'stop'],
    ['l', areLogsShown ? 'hide logs' : 'logs'],
    ['o', 'page'],
    ['?', 'help'],
    ['q', 'quit'],
  );
  return keyPieces(keys);
}

/** What is pressed, and what it does. */
type Key = readonly [string, string];

function keyPieces(keys: readonly Key[]): Line {
  return keys.flatMap(([key, does]) => [piece(` ${key}`, 'strong'), piece(` ${does} `, 'soft')]);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** Names and reasons may come from others. */
function piece(text: string, look: Look = 'plain'): Piece {
  return { text: printable(text), look };
}

/** As much of a line as fits. */
function cut(line: Line, width: number): Line {
  const fitting: Piece[] = [];
  let room = width;
  for (const { text, look } of line) {
    if (room <= 0) break;
    const part = text.length <= room ? text : `${text.slice(0, room - 1)}…`;
    fitting.push(piece(part, look));
    room -= part.length;
  }
  return fitting;
}
