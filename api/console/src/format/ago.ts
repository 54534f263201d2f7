const UNITS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
] as const;

/** How long ago an instant was, or how soon it comes, in the largest unit that fits: "3 hours ago", "in 2 days". */
export function ago(value: string, now: Date, language: string): string {
  const length = new Date(value).getTime() - now.getTime();
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const [unit, size] = UNITS.find(([, one]) => Math.abs(length) >= one) ?? (["second", 1000] as const);
  return format.format(unit === "second" ? 0 : Math.trunc(length / size), unit);
}
