import { useEffect, useRef } from "react";
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

/**
 * Keys of a screen: single letters (`a`), or two after another (`g q`). They are silent while somebody types, while a
 * dialog is open, and where single letters are switched off.
 */
export function useKeys(keys: Keys, enabled = true): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    if (!enabled) return undefined;
    let before = "";
    let forget: ReturnType<typeof setTimeout> | undefined;
    const pressed = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (isTyping(event.target) || isCovered() || !preferences.get().letters) return;
      const action = latest.current[before ? `${before} ${event.key}` : event.key];
      const begins = Object.keys(latest.current).some((known) => known.startsWith(`${event.key} `));
      before = action ? "" : begins ? event.key : "";
      clearTimeout(forget);
      forget = setTimeout(() => {
        before = "";
      }, 1200);
      if (action) {
        event.preventDefault();
        action();
      }
    };
    window.addEventListener("keydown", pressed);
    return () => {
      clearTimeout(forget);
      window.removeEventListener("keydown", pressed);
    };
  }, [enabled]);
}
