import { addTexts } from "../i18n";

const en = {
  label: "How far the order is",
  title_one: "{{what}}: {{count}} case",
  title_other: "{{what}}: {{count}} cases",
  status: { running: "Under way", done: "Through", stopped: "Stopped", cancelled: "Ended" },
  kind: {
    retry: "Try again",
    correct: "Correct",
    skip: "Skip",
    reroute: "Send to another step",
    cancel: "Cancel",
    apply: "Apply the proposed fix",
    close: "Close",
    suspend: "Suspend",
    resume: "Resume",
    reassign: "Give to somebody else",
  },
  progress: "{{done}} of {{total}} went through",
  part: { done: "went through", failed: "failed", moving: "under way", left: "left as they are", waiting: "waiting" },
  canary_one: "{{count}} is tried first; the others follow if it goes on.",
  canary_other: "{{count}} are tried first; the others follow if they go on.",
  cancel: "Stop the order",
  cancelTitle: "Stop this order?",
  cancelText: "What was ordered stays ordered, the rest is left as it is.",
  hide: "Hide",
  failures: "Refused or failed",
  more: "and {{count}} more",
  ended: "The order has ended: {{done}} of {{total}} went through.",
};

declare module "../i18n" {
  interface Resources {
    operations: typeof en;
  }
}
addTexts("operations", en, { de: async () => (await import("./texts.de")).de });
export type Texts = typeof en;
