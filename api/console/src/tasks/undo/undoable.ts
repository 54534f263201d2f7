import { useSyncExternalStore } from "react";
import { secondsLeft } from "../../format/countdown";

/** An approval that was given on this page and may still be undone, wherever on it somebody is by now. */
export interface Undoable {
  task: string;
  title: string;
  until: string;
  /** Whoever signs in next must not be offered what somebody else has approved. */
  by: string;
}

/** Those of a person whose window is still open, the newest first; `except` is looked at already. */
export function stillUndoable(known: readonly Undoable[], now: Date, by: string, except?: string): Undoable[] {
  return known.filter((one) => one.by === by && one.task !== except && secondsLeft(new Date(one.until), now) > 0);
}

class UndoableStore {
  private known: readonly Undoable[] = [];
  private readonly watchers = new Set<() => void>();

  subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  get = (): readonly Undoable[] => this.known;

  /** Keep it in the place of what was known of the task, and forget those that are over. */
  add(approval: Undoable): void {
    const now = new Date();
    const others = this.known.filter((one) => one.task !== approval.task && secondsLeft(new Date(one.until), now) > 0);
    this.change([approval, ...others]);
  }

  drop(task: string): void {
    this.change(this.known.filter((one) => one.task !== task));
  }

  private change(known: readonly Undoable[]): void {
    this.known = known;
    for (const watcher of this.watchers) watcher();
  }
}

export const undoables = new UndoableStore();

export const useUndoables = (): readonly Undoable[] => useSyncExternalStore(undoables.subscribe, undoables.get);
