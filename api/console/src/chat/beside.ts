import { useRouterState } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Beside } from "./turn";

const OPEN = /^\/(cases|tasks)\/([0-9a-f]{8}-[0-9a-f-]{27})(\/|$)/;

/** What the page shows beside the chat: `this` in a question is its case. */
export function besideOf(path: string): Beside {
  const [, root, id] = OPEN.exec(path) ?? [];
  if (!id) return {};
  return root === "cases" ? { case: id } : { task: id };
}

export function useBeside(): Beside {
  const path = useRouterState({ select: (state) => state.location.pathname });
  return useMemo(() => besideOf(path), [path]);
}
