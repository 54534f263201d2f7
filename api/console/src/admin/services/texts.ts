import { addTexts } from "../../i18n";

const en = {
  login: "Login",
  loginText: "Letters a–z, digits and . _ @ + -. The audit trail names it so.",
  name: "Name",
  nameText: "What people call the program.",
  roles: "Roles",
  standing: "Standing",
  active: "Let in",
  out: "Kept out",
  keys: "Keys",
  used: "Last used",
  since: "Since",
  search: "Search services",
  add: "Add a service",
  addNow: "Add it",
  added: "{{name}} is added. It needs a key to call the API.",
  grantText: "It may do no more than you, unless you have the permission admin. It cannot sign in here: it calls the API with keys.",
  nothing: "No program calls the API",
  nothingText: "A service account is for a program that starts cases, sends messages or reads. Each gets keys of its own.",
  noKeys: "It has no key, so it cannot call the API.",
  makeKey: "Make a key",
  keysOf: "API keys of {{name}}",
  setRoles: "Change the roles",
  disable: "Keep out",
  disableText: "Every key of it is refused at once. It can be let in again with the same keys.",
  enable: "Let in again",
  enableText: "Its keys that are not revoked or over are good again.",
};

declare module "../../i18n" {
  interface Resources {
    services: typeof en;
  }
}

export type Texts = typeof en;

addTexts("services", en, { de: async () => (await import("./texts.de")).de });
