import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { preferences } from "../shell/preferences";
import { en } from "./en";

export const LANGUAGES = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES;

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: typeof en };
  }
}

/** The language that was chosen, else the browser's, else English. */
export function chosenLanguage(): Language {
  const chosen = preferences.get().language;
  if (chosen) return chosen;
  return navigator.language.startsWith("de") ? "de" : "en";
}

async function load(language: Language): Promise<void> {
  if (language === "de" && !i18next.hasResourceBundle("de", "translation")) {
    const { de } = await import("./de");
    i18next.addResourceBundle("de", "translation", de);
  }
}

export async function speak(language: Language): Promise<void> {
  await load(language);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

export async function startSpeaking(): Promise<void> {
  await i18next.use(initReactI18next).init({
    resources: { en: { translation: en } },
    lng: "en",
    fallbackLng: "en",
    interpolation: { escapeValue: false },
  });
  await speak(chosenLanguage());
}
