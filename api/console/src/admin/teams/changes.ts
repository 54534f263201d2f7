export interface Change {
  kind: "added" | "removed";
  what: string;
}

/** What would be otherwise: who or what comes, and who or what goes. */
export function changesOf(before: readonly string[], after: readonly string[]): Change[] {
  return [
    ...after.filter((one) => !before.includes(one)).map((what) => ({ kind: "added" as const, what })),
    ...before.filter((one) => !after.includes(one)).map((what) => ({ kind: "removed" as const, what })),
  ];
}
