import { useDebouncedCallback } from "@mantine/hooks";
import { useEffect, useRef, useState } from "react";

interface Settling<Typed> {
  typed: Typed;
  /** Something was typed; it settles a moment after the last key. */
  type: (next: Typed) => void;
  /** It settles now. */
  flush: () => void;
  /** What was typed is forgotten. */
  reset: (next: Typed) => void;
}

/** What is typed, and follows the address: `form` is how what was typed stands there once it has settled. */
export function useSettling<Typed>(said: Typed, form: (typed: Typed) => Typed, onSettle: (settled: Typed) => void, delay: number): Settling<Typed> {
  const [typed, setTyped] = useState(said);
  const written = JSON.stringify(said);
  const sent = useRef(written);
  const settle = useDebouncedCallback((next: Typed) => {
    const settled = form(next);
    sent.current = JSON.stringify(settled);
    onSettle(settled);
  }, delay);
  useEffect(() => {
    // What the address says because it was typed here must not take the place of what has been typed since.
    if (written !== sent.current) {
      settle.cancel();
      setTyped(JSON.parse(written) as Typed);
    }
    sent.current = written;
  }, [written, settle]);
  return {
    typed,
    type: (next) => {
      setTyped(next);
      settle(next);
    },
    flush: () => settle.flush(),
    reset: (next) => {
      settle.cancel();
      setTyped(next);
    },
  };
}
