import { useCallback, useState } from "react";
import type { Schemas } from "../api/client";
import { linesOf } from "../api/lines";
import type { Report } from "./queries";

export interface Replay {
  progress: { entry: number; of: number; verdicts: number } | null;
  report: Report | null;
  error: unknown;
  running: boolean;
}

const NONE: Replay = { progress: null, report: null, error: null, running: false };

/** Runs a replay, telling how far it is, and keeps its report until the next. */
export function useReplay() {
  const [replay, setReplay] = useState<Replay>(NONE);
  const begin = useCallback(async (ask: () => Promise<ReadableStream<Uint8Array> | null | undefined>): Promise<Report | null> => {
    setReplay({ ...NONE, running: true });
    try {
      let report: Report | null = null;
      for await (const line of linesOf<Schemas["ReplayLine"]>(await ask())) {
        if (line.progress) {
          const { progress } = line;
          setReplay({ ...NONE, progress, running: true });
        }
        report = line.report ?? report;
      }
      setReplay({ ...NONE, report });
      return report;
    } catch (error) {
      setReplay({ ...NONE, error });
      return null;
    }
  }, []);
  return { replay, begin, forget: useCallback(() => setReplay(NONE), []) };
}
