import { Anchor } from "@mantine/core";
import { useRouter } from "@tanstack/react-router";
import type { MouseEvent, ReactNode } from "react";

/** To a case's own screen, without loading the page anew. */
export function CaseLink({ id, children }: { id: string; children: ReactNode }) {
  const router = useRouter();
  const href = `${router.basepath}/cases/${id}`;
  const go = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    router.history.push(href);
  };
  return (
    <Anchor href={href} onClick={go} fz="inherit">
      {children}
    </Anchor>
  );
}
