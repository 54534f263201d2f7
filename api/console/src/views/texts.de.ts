import type { Texts } from "./texts";

export const de: Texts = {
  menu: "Gespeicherte Ansichten",
  save: "Diese Ansicht speichern …",
  title: "Diese Ansicht speichern",
  text: "Die Filter, wie sie jetzt stehen, bekommen einen Namen. Wer sie öffnet, sieht, was die eigenen Rollen erlauben.",
  name: "Name",
  shared: "Alle in der Organisation sehen sie",
  confirm: "Ansicht speichern",
  saved: "Die Ansicht ist gespeichert",
  mine: "Meine",
  others: "Von anderen geteilt",
  by: "von {{name}}",
  none: "Noch keine Ansicht gespeichert.",
  remove: "{{name}} entfernen",
  removed: "Die Ansicht ist entfernt",
  manage: "Ansichten entfernen …",
};
