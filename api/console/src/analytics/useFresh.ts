import { useQueryClient, type QueryKey } from "@tanstack/react-query";
import { useCallback, useEffect, useRef } from "react";
import { useChanges } from "../live/live";

const TOPICS = ["case", "task", "step", "incident", "action", "answer", "read", "effect"] as const;
const AFTER_MS = 2_000;
const QUIET_MS = 30_000;

/**
 * Ask anew a moment after something has happened: workers count it within a second. However much happens, it is asked
 * once in two seconds.
 */
export function useFresh(key: QueryKey): void {
  const client = useQueryClient();
  const waiting = useRef<ReturnType<typeof setTimeout>>(undefined);
  const latest = useRef(key);
  latest.current = key;
  useEffect(() => () => clearTimeout(waiting.current), []);
  useChanges(
    TOPICS,
    useCallback(() => {
      waiting.current ??= setTimeout(() => {
        waiting.current = undefined;
        void client.invalidateQueries({ queryKey: latest.current });
      }, AFTER_MS);
    }, [client]),
  );
}

/** How soon figures are asked for again by themselves: soon while the counting is behind, else as time goes by. */
export function again(data: { behind: number } | undefined): number {
  return data && data.behind > 0 ? AFTER_MS : QUIET_MS;
}
