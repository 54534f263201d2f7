import { addTexts } from "../../i18n";

const en = {
  after: "Then {{tool}} is called, and that cannot be taken back.",
  earlier: "Approved just now",
  left_one: "goes on in {{count}} second",
  left_other: "goes on in {{count}} seconds",
  undoThis: "Undo the approval of {{title}}",
};

declare module "../../i18n" {
  interface Resources {
    undoing: typeof en;
  }
}

export type Texts = typeof en;

addTexts("undoing", en, { de: async () => (await import("./texts.de")).de });
