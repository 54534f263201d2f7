import { addTexts } from "../i18n";

const en = {
  title: "Analytics",
  process: "Process",
  version: "Version",
  allVersions: "all",
  window: "Days",
  windows: { d7: "7 days", d30: "30 days", d90: "90 days", d366: "a year" },
  print: "Print",
  between: "{{since}} to {{until}}, days in UTC",
  behind_one: "{{count}} entry is being counted",
  behind_other: "{{count}} entries are being counted",
  none: "No process is registered",
  noneText: "Processes appear here as soon as this server knows them.",
  quiet: "No case has ended in these days",
  quietText: "Choose more days, or come back when cases have ended. Who stands where now is on the process map.",
  toMap: "To the process map",
  key: {
    live: "Under way now",
    ended: "Ended",
    straight: "Straight through",
    straightText: "without a person, without an incident",
    rework: "Done again",
    reworkText: "cases in which a step was done again",
    median: "From start to end",
    medianText: "median; 9 of 10 within {{length}}",
    answers: "Answers a case",
    answersText: "that people gave",
    cost: "Models, a case",
    costText: "in the currency of the models' prices",
  },
  show: "Show {{name}} as",
  as: { chart: "Chart", table: "Table" },
  chart: {
    throughput: "Throughput a day",
    straight: "Straight through and done again, a day",
    cost: "Model cost a case, a day",
  },
  series: { day: "Day", started: "Started", ended: "Ended", straight: "Straight through", rework: "Done again", cost: "Cost a case" },
  summary: "{{name}}: {{first}} to {{last}}, at most {{most}}",
  steps: "Time at each step",
  step: {
    step: "Step",
    live: "Here now",
    visits: "Passed",
    median: "Median",
    p90: "90th",
    waiting: "Waiting",
    split: "Waiting and working",
    again: "Done again",
  },
  waited: "waited {{length}}",
  worked: "worked {{length}}",
  rules: "Rules that asked a person",
  rulesText: "How often people approved what the rule had stopped, as it was. A rule that is nearly always overridden asks too much.",
  rulesNone: "No rule has asked anybody in these days",
  rule: { rule: "Rule", asked: "Asked", overridden: "Approved all the same", share: "Share" },
  agents: "Agents' answers",
  agentsText: "How often a person who reviewed an answer decided otherwise.",
  agentsNone: "No agent has answered in these days",
  agent: {
    name: "Decision",
    decided: "Answers",
    autonomous: "Counted alone",
    reviewed: "Reviewed",
    overridden: "Overridden",
    share: "Share",
    cost: "Cost",
  },
  outcomes: "What became of cases",
  outcome: { done: "done", rejected: "rejected", cancelled: "cancelled" },
};

declare module "../i18n" {
  interface Resources {
    analytics: typeof en;
  }
}

addTexts("analytics", en, { de: async () => (await import("./texts.de")).de });
export type Texts = typeof en;
