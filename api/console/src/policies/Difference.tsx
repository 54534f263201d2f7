import { useMemo } from "react";
import { changes } from "./changes";
import classes from "./policies.module.css";

const SIGNS = { same: " ", old: "−", new: "+", gap: "⋯" };

/** Two texts as what was taken away and what is new; `same` is shown where they are alike. */
export function Difference({ before, after, label, same }: { before: string; after: string; label: string; same: string }) {
  const lines = useMemo(() => changes(before, after), [before, after]);
  if (lines.length === 0) return <p className={classes.plain}>{same}</p>;
  return (
    <div className={classes.source} tabIndex={0} role="group" aria-label={label}>
      {lines.map((line, number) => {
        const Mark = line.kind === "old" ? "del" : line.kind === "new" ? "ins" : "code";
        return (
          // Lines of a comparison have no other identity than their place.
          <div key={number} className={classes.line} data-kind={line.kind}>
            <span className={classes.lineNumber} aria-hidden="true">
              {SIGNS[line.kind]}
            </span>
            <Mark>{line.text || " "}</Mark>
          </div>
        );
      })}
    </div>
  );
}
