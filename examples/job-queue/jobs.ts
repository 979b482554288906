/** The state of the queue, and how it follows from the log: the same on every instance. */

export type JobEntry =
  | { readonly kind: 'added'; readonly work: unknown }
  /** An instance hands out from now on. */
  | { readonly kind: 'leads' }
  | { readonly kind: 'taken'; readonly id: number }
  | { readonly kind: 'done'; readonly id: number };

export interface Job {
  /** The offset of the entry that added it. */
  readonly id: number;
  readonly work: unknown;
  /** How often it was handed out. */
  tries: number;
}

export interface Jobs {
  /** In the order in which they were added. */
  readonly open: Map<number, Job>;
  readonly done: Set<number>;
}

export function apply({ open, done }: Jobs, { offset, message }: { readonly offset: number; readonly message: JobEntry }): void {
  if (message.kind === 'added') open.set(offset, { id: offset, work: message.work, tries: 0 });
  else if (message.kind === 'taken') {
    // If it was finished meanwhile, that came first, and counts.
    const job = open.get(message.id);
    if (job !== undefined) job.tries += 1;
  } else if (message.kind === 'done' && open.delete(message.id)) done.add(message.id);
}

export function countsOf({ open, done }: Jobs): object {
  const jobs = [...open.values()];
  const taken = jobs.filter(({ tries }) => tries > 0).length;
  return { waiting: jobs.length - taken, taken, done: done.size, jobs };
}
