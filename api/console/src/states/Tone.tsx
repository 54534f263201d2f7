import type { ReactNode } from "react";

export type ToneName = "quiet" | "good" | "warning" | "danger";

const MARKS: Record<ToneName, string> = { quiet: "", good: "✓", warning: "▲", danger: "●" };

/** A state as a word with a mark and a colour: whoever sees no colours loses nothing. */
export function Tone({ tone = "quiet", mark, children }: { tone?: ToneName; mark?: string; children: ReactNode }) {
  const shown = mark ?? MARKS[tone];
  return (
    <span className="tone" data-tone={tone}>
      {shown && <span aria-hidden="true">{shown}</span>}
      {children}
    </span>
  );
}
