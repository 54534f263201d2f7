/** Values as they are shown: the API's own texts, made readable, and never changed in meaning. */

const ISO_DATE = /^\d{4}-\d{2}-\d{2}$/;
const ABBREVIATIONS: ReadonlySet<string> = new Set(["bic", "ehr", "erp", "gl", "hr", "iban", "id", "ocr", "po", "sku", "sla", "url", "vat"]);
const ISO_INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;

export function instant(value: string, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(new Date(value));
}

export function day(value: string, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: "UTC" }).format(new Date(`${value}T00:00:00Z`));
}

/** Minor units as money, exactly: 1234567 is 12,345.67, however large. */
export function money(minor: number | bigint, currency: string, language: string): string {
  const whole = BigInt(minor);
  const digits = new Intl.NumberFormat(language, { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
  const scale = 10n ** BigInt(digits);
  const size = whole < 0n ? -whole : whole;
  const text = `${whole < 0n ? "-" : ""}${size / scale}${digits ? `.${String(size % scale).padStart(digits, "0")}` : ""}`;
  // Intl takes decimal texts and keeps every digit of them; the type of older libraries does not say so.
  return new Intl.NumberFormat(language, { style: "currency", currency }).format(text as unknown as number);
}

export function percent(share: number, language: string): string {
  return new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 }).format(share);
}

/** A name of the API in words: `net_amount` is "Net amount", `vat_id` is "VAT ID". */
export function words(name: string): string {
  const text = name
    .replaceAll(/[_.]+/g, " ")
    .trim()
    .replaceAll(/[a-z]+/g, (word) => (ABBREVIATIONS.has(word) ? word.toUpperCase() : word));
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A value of a fact or an argument as text; what is no plain value is JSON. */
export function plain(value: unknown, language: string, texts: { yes: string; no: string; none: string }): string {
  if (value === null || value === undefined || value === "") return texts.none;
  if (typeof value === "boolean") return value ? texts.yes : texts.no;
  if (typeof value === "string") {
    if (ISO_DATE.test(value)) return day(value, language);
    if (ISO_INSTANT.test(value) && !Number.isNaN(Date.parse(value))) return instant(value, language);
    return value;
  }
  return typeof value === "number" ? String(value) : JSON.stringify(value);
}
