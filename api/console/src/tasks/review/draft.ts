import type { Schemas } from "../../api/client";

export type Hint = Schemas["HintView"];

/** The value as a person would type it: what is not known is an empty field. */
export function typed(value: unknown): string {
  return value === null || value === undefined ? "" : String(value);
}

/** What differs from the present values: only that is sent, so that nobody corrects what they did not touch. */
export function editsOf(fields: readonly Hint[], entered: Readonly<Record<string, string>>): Record<string, string> {
  const edits: Record<string, string> = {};
  for (const field of fields) {
    const value = entered[field.name]?.trim();
    if (value !== undefined && value !== typed(field.present)) edits[field.name] = value;
  }
  return edits;
}

export interface Box {
  field: string;
  /** Shares of the page, 0 to 1, from its top left corner. */
  left: number;
  top: number;
  width: number;
  height: number;
}

interface Placed {
  sha256: string;
  page: number;
  box: readonly [number, number, number, number];
}

/** Where a value stands in a document; null where nobody can say. */
export function placeOf(source: Record<string, unknown> | null | undefined): Placed | null {
  if (source?.kind !== "document" || typeof source.ref !== "string" || !Array.isArray(source.box)) return null;
  // Fractions come as text, so that they stay exact.
  const box = source.box.map(Number);
  const page = Number(source.page ?? 1);
  if (box.length !== 4 || box.some((edge) => !Number.isFinite(edge)) || !Number.isInteger(page)) return null;
  return { sha256: source.ref, page, box: box as unknown as Placed["box"] };
}

const MARGIN = 0.004;

/** The boxes on one page of a document, each a little larger than its words. */
export function boxesOn(
  fields: readonly Pick<Hint, "name" | "source">[],
  page: { sha256: string; page: number; width: number; height: number },
): Box[] {
  const boxes: Box[] = [];
  for (const field of fields) {
    const placed = placeOf(field.source as Record<string, unknown> | null);
    if (placed === null || placed.sha256 !== page.sha256 || placed.page !== page.page) continue;
    const [x0, y0, x1, y1] = placed.box;
    boxes.push({
      field: field.name,
      left: x0 / page.width - MARGIN,
      top: y0 / page.height - MARGIN,
      width: (x1 - x0) / page.width + 2 * MARGIN,
      height: (y1 - y0) / page.height + 2 * MARGIN,
    });
  }
  return boxes;
}
