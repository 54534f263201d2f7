import { useSyncExternalStore } from "react";
import type { Language } from "../i18n";

export interface Preferences {
  /** Whether single letters are shortcuts; some people dictate, and their words would press keys. */
  letters: boolean;
  density: "comfortable" | "compact";
  language: Language | null;
}

const KEY = "interlock.preferences";
const DEFAULTS: Preferences = { letters: true, density: "comfortable", language: null };

function read(): Preferences {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return { ...DEFAULTS, ...(typeof kept === "object" ? (kept as Partial<Preferences>) : {}) };
  } catch {
    return DEFAULTS;
  }
}

/** What this browser remembers of how somebody likes to work. Nothing of it is a secret, and none of it is data. */
class PreferenceStore {
  private kept = read();
  private readonly listeners = new Set<() => void>();

  get = (): Preferences => this.kept;

  set(changed: Partial<Preferences>): void {
    this.kept = { ...this.kept, ...changed };
    try {
      localStorage.setItem(KEY, JSON.stringify(this.kept));
    } catch {
      // A browser that keeps nothing forgets it with the page.
    }
    for (const listener of this.listeners) listener();
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
}

export const preferences = new PreferenceStore();

export function usePreferences(): Preferences {
  return useSyncExternalStore(preferences.subscribe, preferences.get);
}
