import type { Texts } from "./texts";

export const de: Texts = {
  after: "Dann wird {{tool}} aufgerufen, und das lässt sich nicht mehr zurücknehmen.",
  earlier: "Eben freigegeben",
  left_one: "geht in {{count}} Sekunde weiter",
  left_other: "geht in {{count}} Sekunden weiter",
  undoThis: "Freigabe zurücknehmen: {{title}}",
};
