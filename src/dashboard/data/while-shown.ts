/**
 * Something that is there only while somebody can see the page. A browser keeps six connections to one server, for all
 * its tabs together: tabs that nobody looks at must not hold them, or the seventh never loads.
 */

/** Who turns to another tab and back finds everything as it was. */
const hideAfterMs = 5000;

export interface ShownPage {
  readonly visibilityState: DocumentVisibilityState;
  addEventListener(type: 'visibilitychange', listener: () => void): void;
}

export interface WhileShown {
  readonly begin: () => void;
  readonly end: () => void;
}

/** @param after - calls later. @returns what calls it off */
export function whileShown(
  { begin, end }: WhileShown,
  page: ShownPage = document,
  after: (ms: number, call: () => void) => () => void = later,
): void {
  let isOn = false;
  let callOff: (() => void) | undefined;
  const look = (): void => {
    callOff?.();
    if (page.visibilityState === 'visible') {
      if (!isOn) begin();
      isOn = true;
    } else if (isOn) {
      callOff = after(hideAfterMs, () => {
        isOn = false;
        end();
      });
    }
  };
  page.addEventListener('visibilitychange', look);
  look();
}

function later(ms: number, call: () => void): () => void {
  const timer = setTimeout(call, ms);
  return () => clearTimeout(timer);
}
