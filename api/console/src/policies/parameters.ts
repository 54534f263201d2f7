import type { Contents, Raw } from "./queries";

type Parameter = Contents["parameters"][number];
const NUMBERS = new Set(["money", "int", "bps", "milli"]);

export interface OwnValues {
  values: Record<string, Raw>;
  /** Parameters whose text is none of their type, with what it should be. */
  wrong: Record<string, "int" | "bool" | "date">;
}

/** What was typed beside a pack's parameters, as the API takes it; what is empty is as the pack says. */
export function ownFrom(parameters: readonly Parameter[], typed: Record<string, string>): OwnValues {
  const found: OwnValues = { values: {}, wrong: {} };
  for (const { name, type } of parameters) {
    const text = (typed[name] ?? "").trim();
    if (text === "") continue;
    if (NUMBERS.has(type)) {
      if (/^-?\d+$/.test(text) && Number.isSafeInteger(Number(text))) found.values[name] = Number(text);
      else found.wrong[name] = "int";
    } else if (type === "bool") {
      if (text === "true" || text === "false") found.values[name] = text === "true";
      else found.wrong[name] = "bool";
    } else if (type === "date" && !/^\d{4}-\d{2}-\d{2}$/.test(text)) {
      found.wrong[name] = "date";
    } else {
      found.values[name] = text;
    }
  }
  return found;
}

/** The same the other way round. */
export function typedOf(values: Record<string, Raw>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}
