/** What happens to the nodes of `rlog dev`, by a key, the page or itself, for the terminal. */

export type LabEvent = { readonly node: string } & (
  | { readonly kind: 'started'; readonly pid: number | null; readonly isFirst: boolean }
  /** kill -9, by a key or by the page. */
  | { readonly kind: 'killed' }
  /** The process is gone. `why`: its signal or exit code, or why it could not be started. */
  | { readonly kind: 'ended'; readonly why: string; readonly isExpected: boolean }
  | { readonly kind: 'paused' }
  | { readonly kind: 'resumed' }
  | { readonly kind: 'cutOff' }
  | { readonly kind: 'reconnected' }
  | { readonly kind: 'wiped'; readonly folder: string }
  /** Its disk lost the end of the log. */
  | { readonly kind: 'forgot'; readonly bytes: number }
  | { readonly kind: 'delayed'; readonly delayMs: number; readonly isRunning: boolean }
);

/** For scripts: a line that follows the node's name. `undefined`: nothing is said. */
export function plainLine(event: LabEvent): string | undefined {
  switch (event.kind) {
    case 'started':
      return event.isFirst ? undefined : `started again, pid ${event.pid ?? '-'}`;
    case 'killed':
      return 'is killed (kill -9)';
    case 'ended':
      return event.isExpected ? undefined : `ended (${event.why}); its key starts it again`;
    case 'paused':
      return 'is paused (SIGSTOP)';
    case 'resumed':
      return 'goes on (SIGCONT)';
    case 'cutOff':
      return 'is cut off from the other nodes';
    case 'reconnected':
      return 'is connected again';
    case 'wiped':
      return `loses its disk: ${event.folder} is emptied`;
    case 'forgot':
      return `forgets the end of its log: ${event.bytes} bytes of the newest segment are gone`;
    case 'delayed': {
      const what = event.delayMs === 0 ? 'holds batches no longer' : `holds batches for ${event.delayMs} ms`;
      return event.isRunning ? `${what}: it is started anew` : `${what}, once it is started`;
    }
  }
}
