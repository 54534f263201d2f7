import { useEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";

const SCHEME = "data-mantine-color-scheme";

/** Call what is to happen before the page is printed, and after it. */
function onPrint(before: () => void, after: () => void): () => void {
  window.addEventListener("beforeprint", before);
  window.addEventListener("afterprint", after);
  return () => {
    window.removeEventListener("beforeprint", before);
    window.removeEventListener("afterprint", after);
  };
}

/** Whether the page is being printed: then what a screen shows in parts is shown whole. */
export function usePrinting(): boolean {
  const [printing, setPrinting] = useState(false);
  useEffect(
    () =>
      onPrint(
        () => flushSync(() => setPrinting(true)),
        () => setPrinting(false),
      ),
    [],
  );
  return printing;
}

/** Paper is white, also for those who work in the dark. */
export function useInk(): void {
  useEffect(() => {
    const page = document.documentElement;
    let before: string | null = null;
    return onPrint(
      () => {
        before = page.getAttribute(SCHEME);
        page.setAttribute(SCHEME, "light");
      },
      () => {
        if (before !== null) page.setAttribute(SCHEME, before);
        before = null;
      },
    );
  }, []);
}

/** Print once what is to be printed is there; `Ctrl P` waits for it, too. A failure to load prints what is there. */
export function usePrint(load: () => Promise<unknown>): () => void {
  const latest = useRef(load);
  latest.current = load;
  const print = useRef(() => {
    const now = () => window.print();
    void latest.current().then(now, now);
  });
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.key !== "p" || event.shiftKey || event.altKey || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      print.current();
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, []);
  return print.current;
}
