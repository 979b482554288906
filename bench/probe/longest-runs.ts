/**
 * How long JavaScript ran without a break, taken from a sampled profile. Consecutive samples below the same outermost
 * function count as one call: two calls without a gap look like one, so this errs on the long side. Samples of the garbage
 * collector do not count, and no sample counts for more than a few intervals, because then the process was not running.
 */

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[];
}

export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

export interface CallRun {
  readonly ms: number;
  /** Which of our own functions took most of it: `encodeBatch (batch-codec.ts:57)`. */
  readonly busiest: string;
}

const idleNames = new Set(['(idle)', '(program)', '(root)']);
const collectorName = '(garbage collector)';
const intervalsMax = 4;

/** Longest first. @param isOurs - whether a script's URL belongs to our own code */
export function longestRuns(
  profile: CpuProfile,
  options: { readonly samplingMicros: number; readonly isOurs: (url: string) => boolean; readonly count: number },
): readonly CallRun[] {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const parents = new Map(profile.nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node] as const)));
  const runs: CallRun[] = [];
  let outermost: number | undefined;
  let micros = 0;
  let own = new Map<string, number>();
  const end = (): void => {
    if (own.size > 0) runs.push({ ms: micros / 1000, busiest: busiestOf(own) });
    outermost = undefined;
    micros = 0;
    own = new Map();
  };
  for (const [index, id] of profile.samples.entries()) {
    const node = nodes.get(id);
    if (node === undefined || node.callFrame.functionName === collectorName) continue;
    if (idleNames.has(node.callFrame.functionName)) {
      end();
      continue;
    }
    const stack = stackOf(node, parents);
    const first = stack.at(-1)?.id;
    if (first !== outermost) end();
    outermost = first;
    // A sample stands for the time until the next one.
    const spent = Math.min(profile.timeDeltas[index + 1] ?? 0, intervalsMax * options.samplingMicros);
    micros += spent;
    const ours = stack.find(({ callFrame }) => options.isOurs(callFrame.url));
    if (ours !== undefined) own.set(nameOf(ours), (own.get(nameOf(ours)) ?? 0) + spent);
  }
  end();
  return runs.toSorted((a, b) => b.ms - a.ms).slice(0, options.count);
}

/** From the innermost function outwards, without the root. */
function stackOf(node: ProfileNode, parents: ReadonlyMap<number, ProfileNode>): readonly ProfileNode[] {
  const stack: ProfileNode[] = [];
  for (let at: ProfileNode | undefined = node; at !== undefined; at = parents.get(at.id)) {
    if (!idleNames.has(at.callFrame.functionName)) stack.push(at);
  }
  return stack;
}

function nameOf({ callFrame: { functionName, url, lineNumber } }: ProfileNode): string {
  return `${functionName === '' ? 'a nameless function' : functionName} (${url.slice(url.lastIndexOf('/') + 1)}:${lineNumber + 1})`;
}

function busiestOf(own: ReadonlyMap<string, number>): string {
  return [...own].reduce((most, each) => (each[1] > most[1] ? each : most))[0];
}
