import type { Texts } from "./providerTexts";

export const de: Texts = {
  signInWith: "Mit {{title}} anmelden",
  or: "oder",
  instead: "Oder mit {{title}}, ohne Passwort:",
  again: "Mit {{title}} bestätigen",
  otherTab: "In einem anderen Tab mit {{title}} anmelden",
  back: "Ich bin angemeldet: weiter",
  notYet: "Sie sind noch nicht angemeldet. Tun Sie das im anderen Tab und kommen Sie dann hierher zurück.",
  refused: "Sie sind nicht angemeldet",
  refusal: {
    sign_in_lost: "Diese Anmeldung wurde in einem anderen Browser begonnen, hat zu lange gedauert oder ist schon beendet. Beginnen Sie von vorn.",
    provider_declined: "Der Identitätsanbieter hat Sie nicht angemeldet. Versuchen Sie es noch einmal, oder fragen Sie, wer ihn betreibt.",
    identity_doubtful: "Was der Identitätsanbieter über Sie sagt, hält der Prüfung nicht stand. Versuchen Sie es noch einmal; geschieht es wieder, sagen Sie es den Betreibern von Interlock.",
    identity_unknown: "Unter dieser Identität ist hier niemand bekannt. Bitten Sie die Administration um eine Einladung und öffnen Sie deren Link.",
    identity_elsewhere: "Diese Identität oder ihr Anmeldename gehört hier jemand anderem. Fragen Sie die Administration.",
    identity_stale: "Der Identitätsanbieter hat Sie nicht neu gefragt, wer Sie sind, oder sagt nicht, dass er es tat.",
    account_disabled: "Dieses Konto ist gesperrt. Fragen Sie die Administration.",
    provider_unusable: "Der Identitätsanbieter antwortet nicht oder ist falsch eingerichtet. Mit einem Passwort können Sie sich trotzdem anmelden.",
    other: "Der Identitätsanbieter hat Sie nicht angemeldet.",
  },
};
