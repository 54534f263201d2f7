import type { Column, Plain } from "./columns";

/** Spreadsheets run a text that begins like this as a formula; an apostrophe before it keeps it a text. */
const FORMULA = /^[=+\-@\t\r]/;

function field(value: Plain): string {
  if (value === null) return "";
  if (typeof value !== "string") return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** RFC 4180, with the headers as they are shown. */
export function csv<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const lines = [columns.map((column) => field(column.header)), ...rows.map((row) => columns.map((column) => field(column.value(row))))];
  return lines.map((line) => `${line.join(",")}\r\n`).join("");
}

/** A list of objects under the columns' own ids, with the values as the API gave them. */
export function json<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  return `${JSON.stringify(rows.map((row) => Object.fromEntries(columns.map((column) => [column.id, column.value(row)]))), null, 2)}\n`;
}

/** Hand a text to the browser as a file. */
export function save(name: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = Object.assign(document.createElement("a"), { href: address, download: name });
  link.click();
  URL.revokeObjectURL(address);
}
