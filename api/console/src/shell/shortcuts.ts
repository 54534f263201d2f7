import { useLayoutEffect, useRef } from "react";
import { preferences } from "./preferences";

export type Keys = Record<string, () => void>;

/** Whether a key press belongs to what somebody types, or to a dialog that is open. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable) return true;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "button", "submit"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

function isCovered(): boolean {
  const found = document.querySelectorAll('[role="dialog"], [role="menu"], [role="listbox"]:not([hidden])');
  // A list of choices may stay in the document while it is closed, out of sight.
  return [...found].some((one) => one.checkVisibility());
}

type Holder = { current: Keys };

/** Whoever has keys now, in the order in which they came. */
const holders: Holder[] = [];
let before = "";
let forget: ReturnType<typeof setTimeout> | undefined;

function begin(key: string): void {
  before = key;
  clearTimeout(forget);
  forget = setTimeout(() => {
    before = "";
  }, 1200);
}

/** One listener for all: the second key of `g c` belongs to nobody's `c`, whoever else has one. */
function pressed(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (isTyping(event.target) || isCovered() || !preferences.get().letters) return;
  const wanted = before ? `${before} ${event.key}` : event.key;
  const action = holders.map((one) => one.current[wanted]).find((one) => one !== undefined);
  const begins = !before && holders.some((one) => Object.keys(one.current).some((known) => known.startsWith(`${event.key} `)));
  begin(action === undefined && begins ? event.key : "");
  if (action) {
    event.preventDefault();
    action();
  }
}

/**
 * Keys of a screen: single letters (`a`), or two after another (`g q`). They are silent while somebody types, while a
 * dialog is open, and where single letters are switched off.
 */
export function useKeys(keys: Keys, enabled = true): void {
  const latest = useRef(keys);
  latest.current = keys;
  // With the screen, not a moment after it: what is pressed as soon as something is seen counts.
  useLayoutEffect(() => {
    if (!enabled) return undefined;
    if (holders.length === 0) window.addEventListener("keydown", pressed);
    holders.push(latest);
    return () => {
      holders.splice(holders.indexOf(latest), 1);
      if (holders.length === 0) window.removeEventListener("keydown", pressed);
    };
  }, [enabled]);
}
