/** Lengths of time as people say them: one unit, the largest that fits, with a digit behind the point where it helps. */

const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;

export function length(seconds: number, language: string): string {
  const found = UNITS.find(([, size]) => seconds >= size);
  if (found === undefined) return number(Math.round(seconds * 1000), "millisecond", language);
  const amount = seconds / found[1];
  return number(amount < 10 ? Math.round(amount * 10) / 10 : Math.round(amount), found[0], language);
}

function number(amount: number, unit: string, language: string): string {
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short" }).format(amount);
}

/** Millionths of a currency, as a number people can compare: whole costs are rounded to four digits. */
export function micros(value: number, language: string): string {
  return new Intl.NumberFormat(language, { maximumSignificantDigits: 4 }).format(value / 1_000_000);
}
