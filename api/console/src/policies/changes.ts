/** A line of two texts side by side: as it was, taken away, or new; `gap` stands for lines that are alike. */
export interface ChangedLine {
  kind: "same" | "old" | "new" | "gap";
  text: string;
}

/** Texts whose differing middle has more pairs of lines than this are shown as taken away and new as a whole. */
const MOST_PAIRS = 4_000_000;
const AROUND = 2;

function differing(before: readonly string[], after: readonly string[]): ChangedLine[] {
  const width = after.length + 1;
  if (before.length * after.length > MOST_PAIRS) {
    return [...before.map((text) => ({ kind: "old" as const, text })), ...after.map((text) => ({ kind: "new" as const, text }))];
  }
  // The longest common subsequence from each pair of places on.
  const common = new Uint16Array((before.length + 1) * width);
  const of = (i: number, j: number): number => common[i * width + j] ?? 0;
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      common[i * width + j] = before[i] === after[j] ? of(i + 1, j + 1) + 1 : Math.max(of(i + 1, j), of(i, j + 1));
    }
  }
  const found: ChangedLine[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    const [old, fresh] = [before[i], after[j]];
    if (old !== undefined && old === fresh) {
      found.push({ kind: "same", text: old });
      i += 1;
      j += 1;
    } else if (old !== undefined && (fresh === undefined || of(i + 1, j) >= of(i, j + 1))) {
      found.push({ kind: "old", text: old });
      i += 1;
    } else if (fresh !== undefined) {
      found.push({ kind: "new", text: fresh });
      j += 1;
    }
  }
  return found;
}

/** What is different between two texts, line by line, with the lines around it; empty where they are alike. */
export function changes(before: string, after: string): ChangedLine[] {
  const [old, fresh] = [before.split("\n"), after.split("\n")];
  let start = 0;
  while (start < old.length && start < fresh.length && old[start] === fresh[start]) start += 1;
  let end = 0;
  while (end < Math.min(old.length, fresh.length) - start && old.at(-1 - end) === fresh.at(-1 - end)) end += 1;
  if (start === old.length && start === fresh.length) return [];
  const same = (lines: readonly string[]): ChangedLine[] => lines.map((text) => ({ kind: "same", text }));
  const all = [
    ...same(old.slice(0, start)),
    ...differing(old.slice(start, old.length - end), fresh.slice(start, fresh.length - end)),
    ...same(old.slice(old.length - end)),
  ];
  const near = all.map((_, place) => all.slice(Math.max(0, place - AROUND), place + AROUND + 1).some((line) => line.kind !== "same"));
  const found: ChangedLine[] = [];
  all.forEach((line, place) => {
    if (near[place]) found.push(line);
    else if (found.at(-1)?.kind !== "gap") found.push({ kind: "gap", text: "" });
  });
  return found;
}
