import { addTexts } from "../i18n";

const en = {
  title: "Evaluations",
  intro: "What the suites found that were run on the machine of this server. Runs of other machines, such as a CI server's, are not here.",
  runs: "Runs",
  anySuite: "Every suite",
  suite: "Suite",
  columns: { suite: "Suite", at: "When", result: "Result", failing: "Failing cases", gates: "Gates failed", dataset: "Data", against: "Held against", origin: "Answers of", seconds: "Took", version: "Release" },
  passed: "passed",
  failed: "failed",
  nobody: "no model",
  nothingHeld: "nothing",
  of: "{{some}} of {{all}}",
  empty: "Nothing was run on this machine yet",
  emptyText: "A suite is run from a command line, because it may take long and ask a model for money:",
  start: "How to run one",
  startText: "On the machine of the server, with its data folder. The run appears here when it is done.",
  copy: "Copy the command",
  copied: "Copied",
  run: {
    again: "Run it again",
    againText: "On the machine of the server, with its data folder; a run of data of your own needs its --data, too.",
    gates: "Gates",
    gate: "Gate",
    reached: "Reached",
    demanded: "Demanded",
    result: "Result",
    figures: "Figures",
    figure: "Figure",
    value: "Now",
    interval: "95 % interval",
    samples: "n",
    before: "Run before",
    baseline: "Baseline of the release",
    trend: { better: "better", worse: "worse", same: "the same", new: "" },
    failing: "Failing examples",
    none: "Every example passed.",
    example: "Example",
    group: "Group",
    checks: "Failed",
    expected: "Expected",
    got: "Got",
    newly: "newly failing",
    since: "Since the run before of {{at}}: {{worse}} newly failing, {{better}} newly passing.",
    first: "There is no run before of the same data.",
    task: "Task it came from",
    times: "{{passes}} of {{runs}} times right",
    notes: "What is not shown",
    took: "took {{seconds}} s",
  },
  example: {
    title: "Failing example",
    failed: "Failed: {{checks}}",
    case: "The case that it was made of",
    noCase: "This example was written for the suite: it stands in the data set {{dataset}}, and no case of this installation is behind it.",
    withheld: "This example was made of a case that is not in this installation, or that you may not read. Its input is not shown.",
    input: "What it was put as",
    noInput: "This suite keeps no input with its runs.",
    nothing: "nothing",
    again: "To run the suite",
  },
};

declare module "../i18n" {
  interface Resources {
    evals: typeof en;
  }
}

export type Texts = typeof en;

addTexts("evals", en, { de: async () => (await import("./texts.de")).de });
