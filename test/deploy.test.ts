/** Checks the dashboard and the alerts under `deploy/` against the names and labels that a node prints. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { familyOf, metricFamilies } from './support/metric-families.ts';
import type { Family } from './support/metric-families.ts';
import { anchorsOf } from './support/anchors.ts';
import { repository } from './support/nodes.ts';

const alertsPath = 'deploy/prometheus/alerts.yml';
const dashboardPath = 'deploy/grafana/replicated-log.json';

/** Labels that Prometheus adds to every series. */
const targetLabels: readonly string[] = ['job', 'instance'];
const functions: ReadonlySet<string> = new Set(
  'abs changes count deriv histogram_quantile increase max min predict_linear rate sum time'.split(' '),
);
const operators: ReadonlySet<string> = new Set(['and', 'or', 'unless']);

let families: ReadonlyMap<string, Family>;

before(async () => {
  families = await metricFamilies();
});

function read(path: string): string {
  return readFileSync(join(repository, path), 'utf8');
}

interface Alert {
  readonly name: string;
  readonly expr: string;
  readonly for: string;
  readonly severity: string;
  readonly summary: string;
  readonly description: string;
  readonly runbookUrl: string;
}

/** Parses just the YAML that the file uses: one line per field. */
function alerts(): Alert[] {
  const [, ...blocks] = read(alertsPath).split(/^ +- alert: /m);
  return blocks.map((block) => {
    const field = (name: string): string => new RegExp(`^ +${name}: (.*)$`, 'm').exec(block)?.[1]?.replace(/^'(.*)'$/, '$1') ?? '';
    return {
      name: block.split('\n')[0] ?? '',
      expr: field('expr'),
      for: field('for'),
      severity: field('severity'),
      summary: field('summary'),
      description: field('description'),
      runbookUrl: field('runbook_url'),
    };
  });
}

interface Target {
  readonly expr: string;
  readonly legendFormat: string;
  readonly refId: string;
  readonly datasource: { readonly uid: string };
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly Target[];
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string; readonly definition?: string }[] };
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
}

function dashboard(): Dashboard {
  return JSON.parse(read(dashboardPath)) as Dashboard;
}

interface Query {
  /** The series that it asks for. */
  readonly series: readonly string[];
  /** The labels that its result can have. */
  readonly labels: ReadonlySet<string>;
  readonly mistakes: readonly string[];
}

/** Parses just the PromQL that our queries use. */
function inspect(expr: string): Query {
  const mistakes: string[] = [];
  const series: string[] = [];
  const known = new Set(targetLabels);
  const bare = expr
    .replaceAll(/\[[^\]]*\]| offset \d+[smhd]/g, '')
    .replaceAll(/([a-z0-9_]+)\{([^}]*)\}/g, (_, name: string, text: string) => {
      for (const [, label = '', operator = '', value = ''] of text.matchAll(/(\w+)\s*(=~|=|!~|!=)\s*"([^"]*)"/g)) {
        checkMatcher({ name, label, operator, value });
      }
      return name;
    });
  const grouped = new Set<string>();
  const modifiers = [...bare.matchAll(/\b(by|on|ignoring)\s*\(([^)]*)\)/g)];
  for (const [, word] of bare.replaceAll(/\b(?:by|on|ignoring)\s*\([^)]*\)/g, '').matchAll(/\b([a-z_][a-z0-9_]*)\b(?!\s*\()/g)) {
    if (word === undefined || operators.has(word)) continue;
    series.push(word);
    const family = word === 'up' ? undefined : familyOf(families, word);
    if (family === undefined && word !== 'up') mistakes.push(`${word} is not a series of a node`);
    for (const label of family?.labels.keys() ?? []) known.add(label);
    if (word.endsWith('_bucket')) known.add('le');
  }
  for (const [, name = ''] of bare.matchAll(/\b([a-z_]+)\s*\(/g)) {
    if (!functions.has(name) && !operators.has(name) && !['by', 'on', 'ignoring'].includes(name))
      mistakes.push(`${name}() is not a function`);
  }
  for (const [, kind, list = ''] of modifiers) {
    for (const label of list.split(',').map((text) => text.trim())) {
      if (!known.has(label)) mistakes.push(`nothing in it has a label ${label}`);
      if (kind === 'by') grouped.add(label);
    }
  }
  if (series.length === 0) mistakes.push('it asks for nothing');
  for (const [open, close] of ['()', '{}', '[]'].map((pair) => pair.split(''))) {
    if (expr.split(open ?? '').length !== expr.split(close ?? '').length) mistakes.push(`${open} and ${close} do not match`);
  }
  return { series, labels: grouped.size > 0 ? grouped : known, mistakes };

  function checkMatcher(matcher: {
    readonly name: string;
    readonly label: string;
    readonly operator: string;
    readonly value: string;
  }): void {
    const { name, label, operator, value } = matcher;
    if (targetLabels.includes(label)) return;
    const values = familyOf(families, name)?.labels.get(label);
    if (values === undefined) mistakes.push(`${name} has no label ${label}`);
    for (const each of operator.includes('~') ? value.split('|') : [value]) {
      // A node prints an event only once it has happened.
      const isKnown = label === 'event' ? logEvents().has(each) : values?.has(each) === true;
      if (!isKnown) mistakes.push(`${name} has no ${label}="${each}"`);
    }
  }
}

let events: ReadonlySet<string> | undefined;

/** The names of all log events in the source. */
function logEvents(): ReadonlySet<string> {
  return (events ??= readEvents());
}

function readEvents(): ReadonlySet<string> {
  const sources = globSync('src/**/*.ts', { cwd: repository }).filter((path) => !path.includes('.test'));
  const quoted = sources.flatMap((path) => [...read(path).matchAll(/'([a-z]+(?:\.[a-z-]+)+)'/g)].map(([, text = '']) => text));
  return new Set(quoted);
}

function labelsIn(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, label = '']) => label);
}

test('the check of queries finds unknown series, labels, values and functions', () => {
  const mistakesIn = (expr: string): readonly string[] => inspect(expr).mistakes;
  assert.deepEqual(mistakesIn('sum by (outcome) (rate(rlog_appends_total{job="$job", outcome!="acknowledged"}[5m])) > 0'), []);
  assert.deepEqual(mistakesIn('rlog_apends_total'), ['rlog_apends_total is not a series of a node']);
  assert.deepEqual(mistakesIn('rate(rlog_flush_seconds[5m])'), ['rlog_flush_seconds is not a series of a node']);
  assert.deepEqual(mistakesIn('rlog_epoch{follower="n2"}'), ['rlog_epoch has no label follower', 'rlog_epoch has no follower="n2"']);
  assert.deepEqual(mistakesIn('rlog_appends_total{outcome="no-space"}'), ['rlog_appends_total has no outcome="no-space"']);
  assert.deepEqual(mistakesIn('rlog_events_total{event=~"log.cut|log.lost"}'), ['rlog_events_total has no event="log.lost"']);
  assert.deepEqual(mistakesIn('sum by (follower) (rlog_epoch)'), ['nothing in it has a label follower']);
  assert.deepEqual(mistakesIn('total(rlog_epoch)'), ['total() is not a function']);
  assert.deepEqual(mistakesIn('sum(rlog_epoch'), ['( and ) do not match']);
});

test('every alert asks for series that nodes print, and has a severity, a summary and a description', () => {
  const all = alerts();
  assert.ok(all.length > 10);
  assert.equal(new Set(all.map(({ name }) => name)).size, all.length, 'names are unique');
  assert.equal(all.length, read(alertsPath).match(/^ +expr: /gm)?.length);
  for (const alert of all) {
    const { labels, mistakes } = inspect(alert.expr);
    assert.deepEqual(mistakes, [], alert.name);
    assert.match(alert.name, /^Rlog[A-Z][A-Za-z]+$/);
    assert.match(alert.for, /^\d+[smhd]$/, alert.name);
    assert.match(alert.severity, /^(critical|warning)$/, alert.name);
    assert.ok(alert.summary.length > 20 && alert.description.length > 40, alert.name);
    for (const label of labelsIn(`${alert.summary} ${alert.description}`, /\$labels\.(\w+)/g)) {
      assert.ok(labels.has(label), `${alert.name} has no label ${label}`);
    }
  }
});

test('docs/operations.md says of every alert what it means, and its runbook_url leads to the heading that its row names', () => {
  const page = read('docs/operations.md');
  const rows = [...page.matchAll(/^\| `(Rlog\w+)` \| (\w+) \| .+ \| \[[^\]]+\]\((#[a-z-]+)\) \|$/gm)];
  assert.deepEqual(
    rows.map(([, name, severity, anchor = '']) => [name, severity, `docs/operations.md${anchor}`]),
    alerts().map(({ name, severity, runbookUrl }) => [name, severity, runbookUrl]),
  );
  const anchors = anchorsOf(page);
  assert.deepEqual(
    alerts().filter(({ runbookUrl }) => !anchors.has(runbookUrl.split('#')[1] ?? '')),
    [],
  );
});

test('every panel asks for series that nodes print', () => {
  const { panels, annotations } = dashboard();
  const shown = panels.filter(({ type }) => type !== 'row');
  assert.ok(shown.length > 15);
  for (const { title, description, targets = [], datasource } of shown) {
    assert.ok(title.length > 0 && (description?.length ?? 0) > 0 && targets.length > 0, title);
    for (const target of targets) {
      const { labels, mistakes } = inspect(target.expr);
      assert.deepEqual(mistakes, [], `${title}: ${target.expr}`);
      for (const label of labelsIn(target.legendFormat, /\{\{(\w+)\}\}/g)) assert.ok(labels.has(label), `${title} has no label ${label}`);
      assert.deepEqual([datasource?.uid, target.datasource.uid], ['${datasource}', '${datasource}'], title);
    }
    assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, title);
  }
  for (const { expr } of annotations.list) assert.deepEqual(inspect(expr).mistakes, []);
});

test('every query of the dashboard is about the chosen log only, and uses only variables that exist', () => {
  const { panels, templating, annotations } = dashboard();
  const builtIn = ['__rate_interval'];
  const variables = templating.list.map(({ name }) => name);
  assert.deepEqual(variables, ['datasource', 'job']);
  assert.deepEqual(inspect(templating.list[1]?.definition?.replace(/^label_values\((.*), job\)$/, '$1') ?? '').mistakes, []);
  for (const { expr } of [...panels.flatMap(({ targets = [] }) => targets), ...annotations.list]) {
    assert.equal(expr.match(/\{job="\$job"/g)?.length, inspect(expr).series.length, expr);
    for (const name of labelsIn(expr, /\$(\w+)/g)) assert.ok([...variables, ...builtIn].includes(name), expr);
  }
});

test('the panels of the dashboard have unique ids and do not overlap', () => {
  const { panels } = dashboard();
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  const taken = new Map<string, string>();
  for (const { title, gridPos } of panels) {
    assert.ok(gridPos.x >= 0 && gridPos.x + gridPos.w <= 24, title);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
        assert.equal(taken.get(`${x},${y}`), undefined, title);
        taken.set(`${x},${y}`, title);
      }
    }
  }
});

test('every metric of ours is used by the dashboard or by an alert', () => {
  const exprs = [...dashboard().panels.flatMap(({ targets = [] }) => targets), ...alerts()].map(({ expr }) => expr);
  const used = new Set(exprs.flatMap((expr) => inspect(expr).series.map((series) => familyOf(families, series)?.name)));
  const unused = [...families.keys()].filter((name) => name.startsWith('rlog_') && !used.has(name));
  assert.deepEqual(unused, []);
});

test('the examples of alerts have the texts of the alerts', () => {
  const all = new Map(alerts().map((alert) => [alert.name, alert]));
  const examples = read('deploy/prometheus/alerts-examples.yml')
    .split(/^ +alertname: /m)
    .slice(1);
  assert.ok(examples.length > 10);
  for (const example of examples) {
    const alert = all.get(example.split('\n')[0] ?? '');
    assert.ok(alert !== undefined, example);
    for (const field of ['summary', 'description', 'runbook_url'] as const) {
      const parts = alert[field === 'runbook_url' ? 'runbookUrl' : field]
        .split(/\{\{.*?\}\}/)
        .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
      const said = parts.join('.+');
      for (const [, text = ''] of example.matchAll(new RegExp(`^ +${field}: '(.*)'$`, 'gm'))) assert.match(text, new RegExp(`^${said}$`));
      assert.equal(
        example.match(new RegExp(`^ +${field}: '`, 'gm'))?.length,
        example.match(new RegExp(`^ +${field}: `, 'gm'))?.length,
        'quoted, as a colon may be in it',
      );
    }
  }
});

test('Prometheus accepts the alerts, and they fire as alerts-examples.yml says', (t) => {
  const tool = (...args: readonly string[]): ReturnType<typeof spawnSync> =>
    spawnSync('promtool', args, { cwd: join(repository, 'deploy/prometheus'), encoding: 'utf8' });
  if (tool('--version').error !== undefined) return t.skip('promtool is not installed');
  for (const args of [
    ['check', 'rules', 'alerts.yml'],
    ['test', 'rules', 'alerts-examples.yml'],
  ]) {
    const { status, stdout, stderr } = tool(...args);
    assert.equal(status, 0, `${String(stdout)}${String(stderr)}`);
  }
});
