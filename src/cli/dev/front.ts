/** The output of `rlog dev`: in a terminal a block that stays, with sentences above it; otherwise plain lines for scripts. */

import { prettyFactory } from 'pino-pretty';
import { plainLine } from '../../lab/lab-event.ts';
import type { LabEvent } from '../../lab/lab-event.ts';
import { prettyOptions } from '../../observe/logger.ts';
import { printable } from '../../observe/printable.ts';
import { blockLines } from './block.ts';
import type { BlockState, Line } from './block.ts';
import { Screen } from './screen.ts';

export interface Front {
  /** A line that a node wrote. */
  readonly nodeLine: (id: string, line: string) => void;
  readonly happened: (event: LabEvent) => void;
  /** One sentence, or line. */
  readonly say: (sentence: string) => void;
  /** Draws the block again, if it has changed. */
  readonly refresh: () => void;
  readonly toggleLogs: () => void;
  /** From now on only sentences are shown. */
  readonly end: () => void;
}

const nodeColours = ['\u001b[36m', '\u001b[33m', '\u001b[35m'];
const noColour = '\u001b[0m';
/** For values that count up. */
const refreshEveryMs = 250;

function write(text: string): void {
  process.stdout.write(text);
}

export function plainFront(): Front {
  const show = lineShower(false, []);
  return {
    nodeLine: (id, line) => write(show(id, line)),
    happened: (event) => {
      const line = plainLine(event);
      if (line !== undefined) write(show(event.node, line));
    },
    say: (sentence) => write(`${printable(sentence)}\n`),
    refresh: () => undefined,
    toggleLogs: () => undefined,
    end: () => undefined,
  };
}

/** @param state - what the block shows; `undefined`: nothing yet */
export function terminalFront(parts: {
  readonly ids: readonly string[];
  readonly isColoured: boolean;
  readonly state: (areLogsShown: boolean) => BlockState | undefined;
}): Front {
  const { stdout } = process;
  const screen = new Screen(stdout, parts.isColoured);
  const show = lineShower(parts.isColoured, parts.ids);
  let areLogsShown = false;
  const lines = (): readonly Line[] => {
    const state = parts.state(areLogsShown);
    return state === undefined ? [] : blockLines(state, screen.size);
  };
  const refresh = (): void => screen.setBlock(lines());
  const resized = (): void => screen.redraw(lines());
  const timer = setInterval(refresh, refreshEveryMs).unref();
  stdout.on('resize', resized);
  // However this process ends, the terminal gets its cursor back.
  const close = (): void => screen.close();
  process.once('exit', close);
  return {
    nodeLine: (id, line) => {
      if (areLogsShown) screen.print(show(id, line).trimEnd());
    },
    happened: () => undefined,
    say: (sentence) => screen.say(printable(sentence)),
    refresh,
    toggleLogs: () => {
      areLogsShown = !areLogsShown;
      refresh();
    },
    end: () => {
      clearInterval(timer);
      stdout.off('resize', resized);
      close();
    },
  };
}

/** Formats the lines that nodes write, with the node's name in front. */
function lineShower(isColoured: boolean, ids: readonly string[]): (id: string, line: string) => string {
  const format = prettyFactory({ ...prettyOptions, colorize: isColoured });
  return (id, line) => {
    const label = id.padEnd(10);
    const prefix = isColoured ? `${nodeColours[ids.indexOf(id) % nodeColours.length] ?? ''}${label}${noColour} ` : `${label} `;
    return `${prefix}${formatted(line, format)}`;
  };
}

/** A log line of a node, or whatever else it printed. */
function formatted(line: string, format: (line: object) => string): string {
  try {
    const fields: unknown = line.startsWith('{') ? JSON.parse(line) : undefined;
    if (typeof fields === 'object' && fields !== null) return format(fields);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return `${printable(line)}\n`;
}
