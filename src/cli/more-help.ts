/** What follows the options in the help of a command, wrapped to the width of the terminal. */

import type { Command, Help } from 'commander';

interface MoreHelp {
  /** Command lines, and what they do. */
  readonly examples?: readonly (readonly [command: string, explanation?: string])[];
  /** Sentences, one paragraph each. */
  readonly paragraphs?: readonly string[];
}

/** Without a terminal. */
const widthDefault = 80;

export function addMoreHelp(command: Command, { examples = [], paragraphs = [] }: MoreHelp): Command {
  return command.addHelpText('after', ({ error }) => {
    const output = command.configureOutput();
    const helper = command.createHelp();
    const helpWidth = (error ? output.getErrHelpWidth?.() : output.getOutHelpWidth?.()) ?? widthDefault;
    helper.prepareContext({ error, helpWidth });
    const parts = [
      ...(examples.length > 0 ? [exampleLines(examples, helper)] : []),
      ...paragraphs.map((text) => helper.boxWrap(text, helpWidth)),
    ];
    return parts.map((part) => `\n${part}`).join('\n');
  });
}

function exampleLines(examples: NonNullable<MoreHelp['examples']>, helper: Help): string {
  const width = Math.max(...examples.map(([command]) => command.length));
  return ['Examples:', ...examples.map(([command, explanation = '']) => helper.formatItem(command, width, explanation, helper))].join('\n');
}
