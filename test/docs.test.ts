/** Compares the documents with the program. `REWRITE=1` writes what is made from the program's tables. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { defaultText, options } from '../src/config/options.ts';
import type { OptionSpec } from '../src/config/option-spec.ts';
import { operations } from '../src/http/openapi/operations.ts';
import { exitCodes } from '../src/cli/exit-codes.ts';
import { program } from '../src/cli/program.ts';
import { problems } from '../src/api/problems.ts';
import type { ProblemKind } from '../src/api/problems.ts';
import { version } from '../src/api/version.ts';
import { anchorsOf } from './support/anchors.ts';
import { licencesPage } from './support/licences.ts';
import { metricFamilies } from './support/metric-families.ts';
import { repository } from './support/nodes.ts';

function read(path: string): string {
  return readFileSync(join(repository, path), 'utf8');
}

/** The cells of every table row of a page. */
function rowsOf(page: string): string[][] {
  return page
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

test('docs/errors.md lists every problem with its status and outcome, and no other', () => {
  const rows = rowsOf(read('docs/errors.md')).filter(([code = '']) => /^`[a-z-]+`$/.test(code));
  const documented = rows.map(([code = '', status, outcome, retryable]) => [code.slice(1, -1), Number(status), outcome, retryable]);
  const known = Object.entries<ProblemKind>(problems).map(([code, { status, outcome, isRetryable }]) => [
    code,
    status,
    outcome,
    isRetryable ? 'yes' : 'no',
  ]);
  assert.deepEqual(documented, known);
});

test('docs/cli.md lists every command, and no other', () => {
  const named = rowsOf(read('docs/cli.md')).flatMap(([cell = '']) => [...cell.matchAll(/`rlog ([a-z-]+)/g)].map(([, name = '']) => name));
  assert.deepEqual(
    named.toSorted(),
    program()
      .commands.map((command) => command.name())
      .toSorted(),
  );
});

test('docs/cli.md lists every exit code of the commands, and no other', () => {
  const rows = rowsOf(read('docs/cli.md')).filter(([code = '']) => /^\d+$/.test(code));
  assert.deepEqual(
    rows.map(([code, name = '']) => [name.slice(1, -1), Number(code)]),
    Object.entries(exitCodes),
  );
});

test('docs/config.md is made from the table of options', () => {
  const path = join(repository, 'docs/config.md');
  if (process.env['REWRITE'] === '1') writeFileSync(path, configPage());
  assert.equal(readFileSync(path, 'utf8'), configPage(), 'REWRITE=1 npm test -- docs writes it');
});

test('docs/licences.md is made from package-lock.json', () => {
  const path = join(repository, 'docs/licences.md');
  if (process.env['REWRITE'] === '1') writeFileSync(path, licencesPage(repository));
  assert.equal(readFileSync(path, 'utf8'), licencesPage(repository), 'REWRITE=1 npm test -- docs writes it');
});

/** Node, master, secondary. */
const kindCount = 3;

function configPage(): string {
  const rows = (options as readonly OptionSpec[]).map((option) => {
    const flag = option.flag === null ? '' : `\`--${option.flag}${option.isSwitch === true ? '' : ' …'}\``;
    const text = defaultText(option);
    const kinds = option.kinds.length === kindCount ? 'all' : option.kinds.join(', ');
    return `| \`${option.variable}\` | ${flag} | ${kinds} | ${text === '' ? 'none' : `\`${text}\``} | ${option.help} |`;
  });
  return [
    '# Configuration',
    '',
    'Every setting is an environment variable and a flag; the flag wins. Secrets have no flag, because everybody on the machine can read the arguments of a process. An empty variable counts as not set, except `LOG_FILE`, where it turns the file off. All mistakes are reported together at the start, which then ends with exit code 2.',
    '',
    '| variable | flag | of | default | |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
    'In the image (`RLOG_IMAGE=true`) a node is named after its host, and a secondary without `MASTER_URL` looks for its master at `master1` and `master`. The command of the image, `rlog by-name`, run without arguments and without `MASTER_URL`, `NODES`, `MASTER_PORT`, `SECONDARY_PORT` and `SERVER_ID`, looks up the name of its own address and decides by the first label: `master` and `master1` lead on port 5000; `secondaryN`, `replicaN` and `followerN`, also with `-` or `_` before the number, follow on port 5000 + N; the label becomes the `SERVER_ID` and the host under which others find the node. With any other name, or none within a second, it is a master. The first log line says what was decided, and by which names.',
    '',
    'Kubernetes sets variables in each container for every Service of the namespace: for a Service named `master` that is `MASTER_PORT=tcp://…`, which is refused as a port. Set `enableServiceLinks: false` in the pod, or choose another name for the Service.',
    '',
    '`rlog dev` also reads `MASTER_PORT`, `FOLLOWER_1_PORT`, `FOLLOWER_2_PORT` and so on, `LOG_LEVEL` and `LAB_PORT` (5080: its page; the ports after it are the links between its nodes). The commands that ask a node read `RLOG_URL` (with a path or a user where a proxy wants them: `https://user:password@host/log`), or else `MASTER_PORT`; `RLOG_TOKEN`, the [token](http.md#tokens) that they show; and for TLS `RLOG_CA_FILE`, `RLOG_CERT_FILE` and `RLOG_KEY_FILE` ([cli.md](cli.md#which-node-is-asked)).',
    '',
  ].join('\n');
}

test('docs/metrics.md lists every metric of the log with its type, labels and help, and no other', async () => {
  const path = join(repository, 'docs/metrics.md');
  const families = [...(await metricFamilies()).values()].filter(({ name }) => name.startsWith('rlog_'));
  const rows = families.map(({ name, type, labels, help }) => {
    const names = [...labels.keys()].map((label) => `\`${label}\``);
    return `| \`${name}\` | ${type} | ${names.join(', ')} | ${help} |`;
  });
  const table = ['| metric | type | labels | |', '| --- | --- | --- | --- |', ...rows, ''].join('\n');
  const rewritten = readFileSync(path, 'utf8').replace(/^\| metric \|(?:.*\n)(?:\|.*\n)*/m, () => table);
  if (process.env['REWRITE'] === '1') writeFileSync(path, rewritten);
  assert.equal(readFileSync(path, 'utf8'), rewritten, 'REWRITE=1 npm test -- docs writes it');
});

test('docs/http.md lists every operation, and no other', () => {
  const rows = rowsOf(read('docs/http.md')).flatMap(([cell = '']) => /^`(GET|POST|PUT|DELETE) (\S+)`$/.exec(cell) ?? []);
  const documented = rows.filter((text) => text.startsWith('`')).map((text) => text.replaceAll('`', ''));
  assert.deepEqual(documented.toSorted(), Object.keys(operations).toSorted());
});

/** An event where it is logged at one of these levels; some are named elsewhere. */
const troubles = /(?:'(?:warn|error)', |level: '(?:warn|error)', event: |\blog\.(?:warn|error)\([^;]*?, )'([a-z-]+\.[a-z-]+)'/g;

test('docs/operations.md says of every event at warn or error what it means, and of no event that there is not', () => {
  const paths = readdirSync(join(repository, 'src'), { recursive: true, encoding: 'utf8' });
  const source = paths
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .map((path) => read(`src/${path}`))
    .join('\n');
  const logged = new Set([...source.matchAll(troubles)].map(([, event = '']) => event));
  const [, section = ''] = read('docs/operations.md').split('\n## What each log line means\n');
  const rows = rowsOf(section.split('\n## ', 1)[0] ?? '');
  const told = new Set(rows.flatMap(([cell = '']) => [...cell.matchAll(/`([a-z-]+\.[a-z-]+)`/g)].map(([, event = '']) => event)));
  assert.ok(logged.size > 50, 'they are found');
  const untold = [...logged].filter((event) => !told.has(event));
  const invented = [...told].filter((event) => !source.includes(`'${event}'`));
  assert.deepEqual({ untold, invented }, { untold: [], invented: [] });
});

test('the version in the source is that of the package, and the changelog has a section for a version', () => {
  const { version: published } = JSON.parse(read('package.json')) as { version: string };
  assert.equal(version, published);
  assert.match(read('CHANGELOG.md'), /^## (Unreleased|\d)/m);
});

/** The paths of all documents. */
function pagePaths(): string[] {
  const inFolder = (folder: string): string[] => readdirSync(join(repository, folder)).map((name) => `${folder}/${name}`);
  return [
    'README.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    'CHANGELOG.md',
    'bench/GOALS.md',
    ...inFolder('docs'),
    ...inFolder('docs/adr'),
  ].filter((path) => path.endsWith('.md'));
}

test('every link between the documents leads somewhere, to the heading that it names', () => {
  const broken: string[] = [];
  for (const page of pagePaths()) {
    for (const [, path = '', anchor] of read(page).matchAll(/\]\(([^)#:]*)(?:#([^)]*))?\)/g)) {
      const target = path === '' ? page : join(dirname(page), path);
      if (!existsSync(join(repository, target))) broken.push(`${page}: ${path}`);
      else if (anchor !== undefined && !anchorsOf(read(target)).has(anchor)) broken.push(`${page}: ${path}#${anchor}`);
    }
  }
  assert.deepEqual(broken, []);
});

test('no sequence diagram has a semicolon, which Mermaid treats as the end of a line', () => {
  for (const page of pagePaths()) {
    for (const [, diagram = ''] of read(page).matchAll(/^```mermaid\nsequenceDiagram\n([^]*?)^```/gm))
      assert.doesNotMatch(diagram, /;/, page);
  }
});

test('the README is short, and links to every document', () => {
  const readme = read('README.md');
  assert.ok(readme.split('\n').length <= 121, 'at most 120 lines');
  const missing = pagePaths().filter((path) => /^docs\/[^/]+$/.test(path) && !readme.includes(`(${path})`));
  assert.deepEqual(missing, []);
});

test('the figures of the README are in docs/performance.md', () => {
  const figures = [...read('README.md').matchAll(/\*\*([\d.]+k?)\*\*/g)].map(([, figure = '']) => figure);
  assert.equal(figures.length, 2);
  const measured = new Set([...read('docs/performance.md').matchAll(/\| +([\d.]+k?) ±/g)].map(([, figure = '']) => figure));
  assert.deepEqual(
    figures.filter((figure) => !measured.has(figure)),
    [],
  );
});

test('every page links to the glossary', () => {
  const pages = pagePaths().filter(
    (path) => /^docs\/[^/]+$/.test(path) && !['docs/glossary.md', 'docs/config.md', 'docs/licences.md'].includes(path),
  );
  assert.deepEqual(
    ['README.md', ...pages].filter((page) => !read(page).includes('glossary.md')),
    [],
  );
});

test('every decision has a number and a date, and says in this order why, what, at what price, and what would change it', () => {
  const headings = ['Context', 'Choice', 'Price', 'What would change our mind'];
  const names = readdirSync(join(repository, 'docs/adr'));
  assert.equal(new Set(names.map((name) => name.slice(0, 4))).size, names.length, 'each decision has its own number');
  for (const name of names) {
    const page = read(`docs/adr/${name}`);
    assert.match(page, new RegExp(`^# ${Number(name.slice(0, 4))}\\. .+\n\nAccepted, \\d{4}-\\d{2}-\\d{2}\\.\n`), name);
    const found = [...page.matchAll(/^\*\*([^*]+)\.\*\*/gm)].map(([, heading = '']) => heading);
    assert.deepEqual(
      found.filter((heading) => headings.includes(heading)),
      headings,
      name,
    );
  }
});

test('the files that ARCHITECTURE.md names exist', () => {
  const named = [...read('docs/ARCHITECTURE.md').matchAll(/`((?:core|http|io|storage|protocol|sim|cli|lab)\/[a-z-/]+\.ts|[a-z-]+\.ts)`/g)];
  const missing = named.flatMap(([, path = '']) =>
    ['', 'core/'].some((folder) => existsSync(join(repository, 'src', folder, path))) ? [] : [path],
  );
  assert.ok(named.length > 10);
  assert.deepEqual(missing, []);
});
