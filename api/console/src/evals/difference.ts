export interface Part {
  text: string;
  /** Whether the other text has it, too. */
  same: boolean;
}

const MOST = 400;
/** Words, the space between them, and each mark on its own. */
const WORDS = /\s+|[\p{L}\p{N}_.-]+|[^\s]/gu;

/** Two texts in parts, those that both have and those that only one has: word by word, or whole where they are long. */
export function wordDifference(expected: string, got: string): { expected: Part[]; got: Part[] } {
  const [one, other] = [expected.match(WORDS) ?? [], got.match(WORDS) ?? []];
  if (one.length > MOST || other.length > MOST) {
    const same = expected === got;
    return { expected: joined([{ text: expected, same }]), got: joined([{ text: got, same }]) };
  }
  // The length of what is common from each place on: the longest common subsequence of words.
  const common = Array.from({ length: one.length + 1 }, () => new Uint16Array(other.length + 1));
  const at = (i: number, j: number) => common[i]?.[j] ?? 0;
  for (let i = one.length - 1; i >= 0; i--)
    for (let j = other.length - 1; j >= 0; j--) {
      const row = common[i];
      if (row) row[j] = one[i] === other[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  const found = { expected: [] as Part[], got: [] as Part[] };
  for (let i = 0, j = 0; i < one.length || j < other.length; ) {
    const [left, right] = [one[i], other[j]];
    if (left !== undefined && left === right) {
      found.expected.push({ text: left, same: true });
      found.got.push({ text: left, same: true });
      i++;
      j++;
    } else if (right === undefined || (left !== undefined && at(i + 1, j) >= at(i, j + 1))) {
      found.expected.push({ text: left ?? "", same: false });
      i++;
    } else {
      found.got.push({ text: right, same: false });
      j++;
    }
  }
  return { expected: joined(found.expected), got: joined(found.got) };
}

function joined(parts: Part[]): Part[] {
  const found: Part[] = [];
  for (const part of parts) {
    const last = found.at(-1);
    if (last?.same === part.same) last.text += part.text;
    else if (part.text) found.push({ ...part });
  }
  return found;
}
