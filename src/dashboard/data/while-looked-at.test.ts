import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whileLookedAt } from './while-looked-at.ts';
import type { TabParts, Word } from './while-looked-at.ts';

/** Tabs of one browser, which hear each other at once. */
class Browser {
  readonly #takers = new Map<object, (word: Word) => void>();

  tab(visibilityState: DocumentVisibilityState = 'visible') {
    const listeners = new Map<string, () => void>();
    const addEventListener = (type: string, listener: unknown): void => void listeners.set(type, listener as () => void);
    const page = { visibilityState, addEventListener };
    const takers = this.#takers;
    const others: TabParts['others'] = {
      tell: (word) => {
        for (const [other, take] of takers) if (other !== page) take(word);
      },
      hear: (take) => void takers.set(page, take),
    };
    const tab = { isOn: false, waiting: undefined as (() => void) | undefined };
    const after: TabParts['after'] = (_ms, call) => {
      tab.waiting = call;
      return () => (tab.waiting = undefined);
    };
    const parts = { begin: () => (tab.isOn = true), end: () => (tab.isOn = false) };
    whileLookedAt(parts, { page, window: { addEventListener }, others, after, tab: String(takers.size) });
    return {
      get isOn(): boolean {
        return tab.isOn;
      },
      turn: (state: DocumentVisibilityState): void => {
        page.visibilityState = state;
        listeners.get('visibilitychange')?.();
      },
      waitLong: (): void => tab.waiting?.(),
      does: (what: 'focus' | 'pointerdown' | 'pagehide'): void => listeners.get(what)?.(),
    };
  }
}

test('a tab in the background holds nothing, and has it again when it is looked at', () => {
  const tab = new Browser().tab();
  assert.equal(tab.isOn, true);
  tab.turn('hidden');
  assert.equal(tab.isOn, true);
  tab.waitLong();
  assert.equal(tab.isOn, false);
  tab.does('pointerdown');
  assert.equal(tab.isOn, false);
  tab.turn('visible');
  assert.equal(tab.isOn, true);
});

test('who is back soon finds it as it was, and what was opened in the background waits', () => {
  const browser = new Browser();
  const tab = browser.tab();
  tab.turn('hidden');
  tab.turn('visible');
  tab.waitLong();
  assert.equal(tab.isOn, true);
  const behind = browser.tab('hidden');
  behind.waitLong();
  assert.equal(behind.isOn, false);
});

test('of windows that can all be seen only the four that were looked at last hold something', () => {
  const browser = new Browser();
  const tabs = Array.from({ length: 7 }, () => browser.tab());
  const on = (): number[] => tabs.flatMap(({ isOn }, index) => (isOn ? [index] : []));
  assert.deepEqual(on(), [3, 4, 5, 6]);
  tabs[0]?.does('pointerdown');
  assert.deepEqual(on(), [0, 4, 5, 6]);
  // One that is closed makes room for the one that was looked at last before.
  tabs[6]?.does('pagehide');
  assert.deepEqual(on(), [0, 3, 4, 5]);
});
