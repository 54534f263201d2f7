import { addTexts } from "../i18n";

const en = {
  table: "{{label}}, as a table",
  column: {
    step: "Step",
    kind: "Kind",
    stage: "Stage",
    live: "Here now",
    incidents: "Incidents",
    heat: "Heat",
    visits: "Visits",
    difference: "Difference",
    leads: "Leads to",
  },
  kind: {
    read: "reads",
    propose: "proposes",
    review: "asks a person",
    effect: "acts",
    agent: "asks a model",
    decision: "decides",
    wait: "waits for a message",
    timer: "waits for a time",
    subprocess: "another process",
    end: "end",
  },
  route: {
    next: "next",
    allow: "allow",
    review: "review",
    deny: "deny",
    approve: "approved",
    correct: "corrected",
    reject: "rejected",
    done: "done",
    sent_back: "sent back",
    by_hand: "by hand",
    not_done: "not done",
    late: "too late",
  },
  difference: { new: "only here", gone: "not in the other version" },
  here: "here",
  says: {
    counts_one: "{{count}} case here now",
    counts_other: "{{count}} cases here now",
    incidents_one: "{{count}} open incident",
    incidents_other: "{{count}} open incidents",
    visits_one: "passed once",
    visits_other: "passed {{count}} times",
    present: "the case is here",
  },
  zoomIn: "Larger",
  zoomOut: "Smaller",
  fit: "Show all of it",
  controls: "Size of the graph",
};

declare module "../i18n" {
  interface Resources {
    graph: typeof en;
  }
}

addTexts("graph", en, { de: async () => (await import("./texts.de")).de });
export type Texts = typeof en;
