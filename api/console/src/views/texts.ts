import { addTexts } from "../i18n";

const en = {
  menu: "Saved views",
  save: "Save this view …",
  title: "Save this view",
  text: "The filters as they stand now get a name. Whoever opens it sees what their own roles allow.",
  name: "Name",
  shared: "Everybody of the organisation sees it",
  confirm: "Save the view",
  saved: "The view is saved",
  mine: "Mine",
  others: "Shared by others",
  by: "by {{name}}",
  none: "No view is saved yet.",
  remove: "Remove {{name}}",
  removed: "The view is removed",
  manage: "Remove views …",
};

declare module "../i18n" {
  interface Resources {
    views: typeof en;
  }
}

addTexts("views", en, { de: async () => (await import("./texts.de")).de });
export type Texts = typeof en;
