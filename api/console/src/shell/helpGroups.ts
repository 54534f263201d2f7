import { useEffect, useSyncExternalStore } from "react";

/** Keys of the screen that is open, each with what it does. */
export interface HelpGroup {
  title: string;
  keys: readonly (readonly [key: string, text: string])[];
}

let groups: readonly HelpGroup[] = [];
const watchers = new Set<() => void>();

function set(next: readonly HelpGroup[]): void {
  groups = next;
  for (const watcher of watchers) watcher();
}

/** Have the list of shortcuts show these keys for as long as the screen is open. */
export function useHelp(title: string, keys: HelpGroup["keys"]): void {
  const written = JSON.stringify(keys);
  useEffect(() => {
    const group = { title, keys: JSON.parse(written) as HelpGroup["keys"] };
    set([...groups, group]);
    return () => set(groups.filter((one) => one !== group));
  }, [title, written]);
}

export function useHelpGroups(): readonly HelpGroup[] {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => groups,
  );
}
