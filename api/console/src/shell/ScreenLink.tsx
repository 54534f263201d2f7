import { Link, useRouter } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useMay } from "../session/session";

interface Props {
  /** The route as it is declared, by which is known whether the console has it. */
  route: string;
  to: string;
  /** Shown where the console has no such screen; without it, the same words. */
  otherwise?: ReactNode;
  children: ReactNode;
}

/** A way to a screen of another feature: looked up rather than imported, and plain words where it is not there. */
export function ScreenLink({ route, to, otherwise, children }: Props) {
  const known = route in (useRouter().routesByPath as object);
  return known ? <Link to={to as never}>{children}</Link> : <>{otherwise === undefined ? children : otherwise}</>;
}

/** A case by its title: a way to its screen, for whoever may see it. */
export function CaseLink({ id, otherwise, children }: { id: string; otherwise?: ReactNode; children: ReactNode }) {
  const may = useMay("case.read");
  if (!may) return <>{otherwise === undefined ? children : otherwise}</>;
  return (
    <ScreenLink route="/cases/$caseId" to={`/cases/${id}`} otherwise={otherwise}>
      {children}
    </ScreenLink>
  );
}
