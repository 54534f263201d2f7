import { addTexts } from "../i18n";

/** Texts of signing in with an identity provider; a refusal is told by the code that the server names. */
const en = {
  signInWith: "Sign in with {{title}}",
  or: "or",
  instead: "Or use {{title}}, and no password:",
  again: "Prove it with {{title}}",
  otherTab: "Sign in with {{title}} in another tab",
  back: "I am signed in: go on",
  notYet: "You are not signed in yet. Do so in the other tab, then come back here.",
  refused: "You are not signed in",
  refusal: {
    sign_in_lost: "This sign-in was begun in another browser, took too long, or has ended already. Begin again.",
    provider_declined: "The identity provider has not signed you in. Try again, or ask who runs it.",
    identity_doubtful: "What the identity provider says about you does not hold. Try again; if it happens once more, tell whoever runs Interlock.",
    identity_unknown: "Nobody here is known by this identity. Ask an administrator for an invitation, and open its link.",
    identity_elsewhere: "This identity, or its login, belongs to somebody else here. Ask an administrator.",
    identity_stale: "The identity provider has not asked you anew who you are, or does not say that it did.",
    account_disabled: "This account is kept out. Ask an administrator.",
    provider_unusable: "The identity provider does not answer, or is set up wrongly. Your password works all the same, if you have one.",
    other: "The identity provider did not sign you in.",
  },
};
export type Texts = typeof en;

declare module "../i18n" {
  interface Resources {
    provider: typeof en;
  }
}

addTexts("provider", en, { de: async () => (await import("./providerTexts.de")).de });
