/**
 * Interaction scripts as text: blocks of commands, each with its output below a line of dashes.
 *
 *     # Why the next commands are given.
 *     append n0 a w=2
 *     ----
 *     write 0+1
 *
 * A blank line ends the output of a block. A script opens with a comment, its story. The commands are in
 * script-commands.test-support.ts, and are explained in testdata/README.md.
 */

const dashes = '----';

export interface Command {
  readonly verb: string;
  readonly args: readonly string[];
  /** `name=value` words. */
  readonly options: ReadonlyMap<string, string>;
}

export interface Block {
  /** The number of its first line; lines count from 1. */
  readonly line: number;
  /** Comments and commands as written. */
  readonly input: readonly string[];
  readonly commands: readonly Command[];
  /** The expected output, as the file has it. */
  readonly output: readonly string[];
}

export interface Script {
  /** The opening comment. */
  readonly story: readonly string[];
  readonly blocks: readonly Block[];
}

export function parseScript(text: string): Script {
  const lines = text.split('\n').map((line) => line.trimEnd());
  const storyEnd = lines.findIndex((line) => !line.startsWith('#'));
  if (storyEnd < 1 || lines[storyEnd] !== '') throw new Error('a script opens with a comment that tells its story, and a blank line');
  const blocks: Block[] = [];
  for (let start = storyEnd; start < lines.length; ) {
    if (lines[start] === '') {
      start += 1;
      continue;
    }
    const middle = lines.indexOf(dashes, start);
    if (middle === -1) throw new Error(`line ${start + 1}: ${dashes} is missing`);
    const blank = lines.indexOf('', middle);
    const end = blank === -1 ? lines.length : blank;
    const input = lines.slice(start, middle).filter((line) => line !== '');
    blocks.push({ line: start + 1, input, commands: input.filter(isCommand).map(parseCommand), output: lines.slice(middle + 1, end) });
    start = end;
  }
  return { story: lines.slice(0, storyEnd), blocks };
}

/** The script with these outputs, one for each block, in place of its own. */
export function formatScript(script: Script, outputs: readonly (readonly string[])[]): string {
  const blocks = script.blocks.map((block, index) => linesOf(block, outputs[index] ?? []).join('\n'));
  return `${[script.story.join('\n'), ...blocks].join('\n\n')}\n`;
}

/** The lines of a block. */
export function linesOf(block: Block, output: readonly string[]): string[] {
  return [...block.input, dashes, ...output];
}

/** A difference for people: expected lines that are missing (`-`) and unexpected ones (`+`), between those that are the same. */
export function describeDifference(expected: readonly string[], actual: readonly string[]): string {
  const shorter = Math.min(expected.length, actual.length);
  let start = 0;
  while (start < shorter && expected[start] === actual[start]) start += 1;
  let same = 0;
  while (same < shorter - start && expected.at(-1 - same) === actual.at(-1 - same)) same += 1;
  return [
    ...expected.slice(0, start).map((line) => `  ${line}`),
    ...expected.slice(start, expected.length - same).map((line) => `- ${line}`),
    ...actual.slice(start, actual.length - same).map((line) => `+ ${line}`),
    ...expected.slice(expected.length - same).map((line) => `  ${line}`),
  ].join('\n');
}

function isCommand(line: string): boolean {
  return !line.startsWith('#');
}

function parseCommand(line: string): Command {
  const [verb = '', ...words] = line.trim().split(/\s+/);
  const args = words.filter((word) => !word.includes('='));
  const options = words
    .filter((word) => word.includes('='))
    .map((word): [string, string] => {
      const equals = word.indexOf('=');
      return [word.slice(0, equals), word.slice(equals + 1)];
    });
  return { verb, args, options: new Map(options) };
}
