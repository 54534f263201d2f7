import { addTexts } from "../i18n";

const en = {
  title: "Process map",
  heat: "Heat by",
  heats: { waiting: "Waiting", frequency: "Frequency" },
  compare: "Compare with",
  alone: "no other version",
  view: "View",
  views: { graph: "Graph", table: "Table" },
  live_one: "{{count}} case is under way",
  live_other: "{{count}} cases are under way",
  incidents_one: "{{count}} open incident",
  incidents_other: "{{count}} open incidents",
  behind_one: "{{count}} entry is being counted",
  behind_other: "{{count}} entries are being counted",
  graphOf: "Graph of {{name}}",
  median: "median {{length}}",
  since: "for {{length}} so far",
  passed_one: "passed once",
  passed_other: "{{count}} passed",
  bottlenecks: "Where cases wait",
  bottlenecksText: "All waiting at the step in these days, and that of the cases which are there now.",
  bottlenecksNone: "No case has waited in these days",
  bottlenecksNoneText: "As soon as cases go through this version, the steps that cost them most time stand here.",
  place: {
    waited: "{{length}} in all",
    live_one: "{{count}} here now, for {{length}}",
    live_other: "{{count}} here now, for {{length}} on average",
    p90: "9 of 10 are through after {{length}}",
  },
  open: "Show the cases at {{step}}",
  hint: "Open a step to see its cases. Arrow keys go from step to step.",
  unknown: "This version is not registered here",
  comparison: "Both versions, step by step",
  column: {
    step: "Step",
    median: "Median, {{name}}",
    p90: "90th, {{name}}",
    live: "Here now, {{name}}",
    waited: "Waited in all, {{name}}",
    change: "Median's change",
  },
  key: { heat: "Heat by the other measure", table: "Graph or table", bottleneck: "To the longest wait" },
  keys: "h: heat by the other measure · t: graph or table · b: to the longest wait",
};

declare module "../i18n" {
  interface Resources {
    map: typeof en;
  }
}

addTexts("map", en, { de: async () => (await import("./texts.de")).de });
export type Texts = typeof en;
