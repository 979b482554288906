/** `npm run bench`: measures this server, its peers and the machine, and says whether the goals are met. */

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Baseline } from './baseline.ts';
import { CheckFailed } from './check-failed.ts';
import { describeMachine, strangersNote } from './machine.ts';
import { folderFor, mediumOf } from './medium.ts';
import { helpText, parseOptions, UsageError } from './options.ts';
import type { Options } from './options.ts';
import { Progress } from './progress.ts';
import { reportHtml } from './report/report-html.ts';
import { reportJson } from './report/report-json.ts';
import { makeReport } from './report/report.ts';
import { reportText } from './report/report-text.ts';
import { run } from './run.ts';
import { bare } from './systems/bare.ts';
import { installedPeers } from './systems/installed.ts';
import { ours } from './systems/ours.ts';
import { Workspace } from './workspace.ts';

const repository = fileURLToPath(new URL('..', import.meta.url));

const quickNote = 'a quick run: it shows that everything works, and no figure or verdict of it means anything';

async function main(options: Options): Promise<void> {
  const progress = new Progress();
  const strangers = strangersNote();
  await using workspace = new Workspace(folderFor(options));
  endOnSignals(workspace);
  const { baseline: ref } = options;
  using baseline = ref === undefined ? undefined : new Baseline(workspace, { repository, ref });
  const contestants = baseline === undefined ? [ours] : [ours, baseline.contestant];
  const installed = installedPeers();
  const peers = baseline === undefined ? installed.contestants : [];
  const { results, notes } = await run({ options, workspace, progress, ours: contestants, peers });
  progress.clear();
  const report = makeReport({
    machine: describeMachine({ folder: workspace.folder, versions: installed.versions, repository }),
    medium: mediumOf(workspace.folder),
    scenarios: options.scenarios,
    results,
    notes: [options.size === 'quick' ? quickNote : undefined, strangers, installed.hint, ...notes].filter((note) => note !== undefined),
    titles: new Map([...contestants, bare, ...peers].map(({ id, title }) => [id, title])),
    isBaseline: baseline !== undefined,
  });
  process.stdout.write(reportText(report));
  if (options.jsonPath !== undefined) writeFileSync(options.jsonPath, reportJson(report));
  if (options.htmlPath !== undefined) writeFileSync(options.htmlPath, reportHtml(report));
}

/** A signal such as Ctrl-C leaves nothing behind either. */
function endOnSignals(workspace: Workspace): void {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.once(signal, () => {
      void workspace[Symbol.asyncDispose]().finally(() => process.exit(code));
    });
  }
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === undefined) process.stdout.write(helpText());
  else await main(options);
} catch (error) {
  const isPlain = error instanceof UsageError || error instanceof CheckFailed;
  console.error(`bench: ${isPlain || !(error instanceof Error) ? String(error instanceof Error ? error.message : error) : error.stack}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
