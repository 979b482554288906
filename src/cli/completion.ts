/** `rlog completion`: a script with which a shell completes commands, options and their values, generated from the commands. */

import type { Command, Option } from 'commander';
import { quoted } from './command-line.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

interface Word {
  readonly text: string;
  readonly help: string;
}

/** What can follow some words of a command line. */
interface Place {
  /** The words before it, each after a space: ` members add`, or nothing. */
  readonly path: string;
  readonly commands: readonly Word[];
  readonly options: readonly Word[];
  /** Values to choose from, by flag; those of an argument have the empty flag. */
  readonly choices: ReadonlyMap<string, readonly string[]>;
}

export function completionScript(rlog: Command, shell: Shell): string {
  const places = placesIn(rlog, '');
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](places);
}

function placesIn(command: Command, path: string): Place[] {
  const helper = command.createHelp();
  const commands = helper.visibleCommands(command);
  const options = helper.visibleOptions(command);
  const flags = options.flatMap((option) => flagsOf(option).map((text): Word => ({ text, help: oneLine(option.description) })));
  const choices = new Map<string, readonly string[]>();
  for (const option of options)
    for (const flag of flagsOf(option)) if (option.argChoices !== undefined) choices.set(flag, option.argChoices);
  const values = command.registeredArguments.flatMap((argument) => argument.argChoices ?? []);
  if (values.length > 0) choices.set('', values);
  const words = commands.map((each): Word => ({ text: each.name(), help: oneLine(each.description()) }));
  const below = commands.flatMap((each) => (each.name() === 'help' ? [] : placesIn(each, `${path} ${each.name()}`)));
  return [{ path, commands: words, options: flags, choices }, ...below];
}

function flagsOf({ short, long }: Option): string[] {
  return [long, short].filter((flag) => flag !== undefined && flag !== null);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

/** The values, commands and options of a place. */
function wordsOf({ commands, options, choices }: Place): Word[] {
  return [...(choices.get('') ?? []).map((text): Word => ({ text, help: '' })), ...commands, ...options];
}

/** Pattern of a `case` that matches the path to any command. */
function pathPattern(places: readonly Place[]): string {
  return places.flatMap(({ path }) => (path === '' ? [] : [quoted(path)])).join(' | ');
}

function valueCases(places: readonly Place[], caseOf: (pattern: string, values: readonly string[]) => string): string {
  return places
    .flatMap(({ path, choices }) =>
      [...choices].flatMap(([flag, values]) => (flag === '' ? [] : [caseOf(quoted(`${path} ${flag}`), values)])),
    )
    .join('\n');
}

function bashScript(places: readonly Place[]): string {
  const values = valueCases(places, (pattern, words) => `    ${pattern}) words=${quoted(words.join(' '))} ;;`);
  const cases = places.map(
    (place) =>
      `      ${quoted(place.path)}) words=${quoted(
        wordsOf(place)
          .map(({ text }) => text)
          .join(' '),
      )} ;;`,
  );
  return `# Completion of rlog for bash: eval "$(rlog completion bash)"
_rlog() {
  local path= words= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path \${COMP_WORDS[i]}" in ${pathPattern(places)}) path="$path \${COMP_WORDS[i]}" ;; esac
  done
  case "$path \${COMP_WORDS[COMP_CWORD - 1]}" in
${values}
    *) case "$path" in
${cases.join('\n')}
      esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _rlog rlog
`;
}

function zshScript(places: readonly Place[]): string {
  const values = valueCases(places, (pattern, words) => `    (${pattern}) found=(${words.map(quoted).join(' ')}) ;;`);
  const cases = places.map(
    (place) => `      (${quoted(place.path)}) found=(\n        ${wordsOf(place).map(described).join('\n        ')}\n      ) ;;`,
  );
  return `#compdef rlog
# Completion of rlog for zsh, after compinit: eval "$(rlog completion zsh)"
_rlog() {
  local place= i
  local -a found
  for ((i = 2; i < CURRENT; i++)); do
    case "$place $words[i]" in (${pathPattern(places)}) place="$place $words[i]" ;; esac
  done
  case "$place $words[CURRENT-1]" in
${values}
    (*) case "$place" in
${cases.join('\n')}
      esac ;;
  esac
  _describe rlog found || _files
}
if [ "$funcstack[1]" = _rlog ]; then _rlog "$@"; else compdef _rlog rlog; fi
`;
}

/** In fish a backslash also escapes within single quotes. */
function fishQuoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function described({ text, help }: Word): string {
  return quoted(help === '' ? text : `${text}:${help}`);
}

function fishScript(places: readonly Place[]): string {
  const lines = places.flatMap((place) => {
    const seen = place.path.split(' ').slice(1);
    const below = place.commands.map((word) => word.text);
    const conditions = [
      ...(seen.length === 0 ? ['__fish_use_subcommand'] : seen.map((name) => `__fish_seen_subcommand_from ${name}`)),
      ...(seen.length === 0 || below.length === 0 ? [] : [`not __fish_seen_subcommand_from ${below.join(' ')}`]),
    ];
    const start = `complete -c rlog -n ${fishQuoted(conditions.join('; and '))}`;
    return [
      ...(place.choices.get('') ?? []).map((value) => `${start} -f -a ${fishQuoted(value)}`),
      ...place.commands.map((word) => `${start} -f -a ${fishQuoted(word.text)} -d ${fishQuoted(word.help)}`),
      ...place.options.map(({ text: flag, help }) => {
        const values = place.choices.get(flag);
        const name = flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`;
        return `${start} ${name}${values === undefined ? '' : ` -x -a ${fishQuoted(values.join(' '))}`} -d ${fishQuoted(help)}`;
      }),
    ];
  });
  return `# Completion of rlog for fish: rlog completion fish | source\n${lines.join('\n')}\n`;
}
