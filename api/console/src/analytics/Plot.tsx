import { useComputedColorScheme } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { usePrinting } from "../shell/printing";
import { beginning } from "./series";

export interface Line {
  id: string;
  label: string;
  /** One a day, null where there is none. */
  values: readonly (number | null)[];
  /** Bars are for what is counted, lines for what is measured. */
  bars?: boolean;
}

interface Props {
  days: readonly string[];
  lines: readonly Line[];
  format: (value: number) => string;
  /** The end of the scale, where that does not depend on the values. */
  most?: number;
  /** What the chart shows, for those who do not see it. */
  summary: string;
}

const HEIGHT = 200;
const HALF_DAY = 43_200;
const INK = {
  light: { axis: "#52596b", grid: "#e5e8f0", lines: ["#3b4fc4", "#a85a00"] },
  dark: { axis: "#b3bacb", grid: "#2c323f", lines: ["#8d9be6", "#f5b971"] },
} as const;
const DASHES = [undefined, [6, 4]] as const;

/** Days as bars or lines; the second line is dashed, so that nobody needs colours to tell them apart. */
export default function Plot({ days, lines, format, summary, most }: Props) {
  const { i18n } = useTranslation();
  const chosen = useComputedColorScheme("light");
  const scheme = usePrinting() ? "light" : chosen;
  const { ref, width } = useElementSize();
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!place.current || width === 0) return undefined;
    const ink = INK[scheme];
    const axis = { stroke: ink.axis, grid: { stroke: ink.grid, width: 1 }, ticks: { stroke: ink.grid, width: 1 }, font: "11px system-ui" };
    const short = new Intl.DateTimeFormat(i18n.language, { day: "numeric", month: "short", timeZone: "UTC" });
    const largest = Math.max(1e-9, ...lines.flatMap((line) => line.values.map((value) => value ?? 0)));
    const plot = new uPlot(
      {
        width,
        height: HEIGHT,
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
        legend: { show: false },
        cursor: { y: false, points: { size: 6 } },
        scales: { x: { range: (_plot, from, to) => [from - HALF_DAY, to + HALF_DAY] }, y: { range: () => [0, most ?? largest * 1.1] } },
        axes: [
          { ...axis, values: (_plot, ticks) => ticks.map((seconds) => short.format(seconds * 1000)), space: 70, incrs: [1, 2, 7, 14, 28, 56, 91].map((count) => count * 86_400) },
          { ...axis, values: (_plot, ticks) => ticks.map(format), size: 62 },
        ],
        series: [
          {},
          ...lines.map((line, number): uPlot.Series => {
            const stroke = ink.lines[number % ink.lines.length] ?? ink.axis;
            const bars = line.bars ? { paths: uPlot.paths.bars?.({ size: [0.6, 40] }), fill: `${stroke}cc` } : {};
            return { label: line.label, stroke, width: 2, dash: DASHES[number] ? [...DASHES[number]] : undefined, points: { size: 5, show: !line.bars && days.length <= 31 }, spanGaps: false, ...bars };
          }),
        ],
      },
      [days.map(beginning), ...lines.map((line) => [...line.values])],
      place.current,
    );
    return () => plot.destroy();
  }, [days, lines, format, most, width, scheme, i18n.language]);
  const ink = INK[scheme];
  return (
    <figure style={{ margin: 0 }}>
      <figcaption style={{ display: "flex", gap: 14, fontSize: "0.75rem", paddingInlineStart: 62 }}>
        {lines.map((line, number) => (
          <span key={line.id} style={{ display: "inline-flex", gap: 6, alignItems: "center" }}>
            <svg width="22" height="8" aria-hidden="true">
              {line.bars ? (
                <rect x="6" width="10" height="8" fill={ink.lines[number]} />
              ) : (
                <line x1="0" x2="22" y1="4" y2="4" stroke={ink.lines[number]} strokeWidth="2" strokeDasharray={DASHES[number]?.join(" ")} />
              )}
            </svg>
            {line.label}
          </span>
        ))}
      </figcaption>
      <div ref={ref} role="img" aria-label={summary} style={{ minBlockSize: HEIGHT }}>
        <div ref={place} />
      </div>
    </figure>
  );
}
