import { useCallback, useRef, useState } from "react";
import { api, take, type Schemas } from "../api/client";
import { linesOf } from "../api/lines";

export interface Check {
  progress: { entry: number; of: number };
  result: Schemas["TrailVerification"] | null;
  error: unknown;
}

const BEGUN: Check = { progress: { entry: 0, of: 0 }, result: null, error: null };

/** Checks the whole trail, telling how far it is; `stop` ends the server's work, too. */
export function useCheck(): { check: Check | null; begin: () => Promise<void>; stop: () => void } {
  const [check, setCheck] = useState<Check | null>(null);
  const running = useRef<AbortController | null>(null);
  const stop = useCallback(() => {
    running.current?.abort();
    running.current = null;
    setCheck(null);
  }, []);
  const begin = useCallback(async () => {
    running.current?.abort();
    const mine = new AbortController();
    running.current = mine;
    setCheck(BEGUN);
    try {
      const lines = await take(api.GET("/audit/verify/progress", { signal: mine.signal, parseAs: "stream" }));
      for await (const line of linesOf<Schemas["TrailLine"]>(lines)) {
        if (running.current !== mine) return;
        const { progress, result } = line;
        if (progress) setCheck({ ...BEGUN, progress });
        if (result) setCheck({ ...BEGUN, result });
      }
    } catch (error) {
      if (!mine.signal.aborted) setCheck({ ...BEGUN, error });
    }
  }, []);
  return { check, begin, stop };
}
