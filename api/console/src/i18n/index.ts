import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { preferences } from "../shell/preferences";
import { en } from "./en";

export const LANGUAGES = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES;

/** The texts by namespace. A feature adds its own beside its screens, which load with them and not before. */
export interface Resources {
  translation: typeof en;
}

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: Resources;
  }
}

type Other = Exclude<Language, "en">;
type Load = () => Promise<object>;

const others = new Map<string, Record<Other, Load>>([["translation", { de: async () => (await import("./de")).de }]]);
let spoken: Language = "en";

async function load(name: string, language: Language): Promise<void> {
  if (language === "en" || i18next.hasResourceBundle(language, name)) return;
  const texts = await others.get(name)?.[language]();
  if (texts) i18next.addResourceBundle(language, name, texts);
}

/** Add a feature's texts: English at once, another language when it is the one that is spoken. */
export function addTexts<Name extends keyof Resources>(
  name: Name,
  english: Resources[Name],
  translations: Record<Other, () => Promise<Resources[Name]>>,
): void {
  others.set(name, translations);
  i18next.addResourceBundle("en", name, english);
  void load(name, spoken);
}

/** The language that was chosen, else the browser's, else English. */
export function chosenLanguage(): Language {
  const chosen = preferences.get().language;
  if (chosen) return chosen;
  return navigator.language.startsWith("de") ? "de" : "en";
}

export async function speak(language: Language): Promise<void> {
  spoken = language;
  await Promise.all([...others.keys()].map((name) => load(name, language)));
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

export async function startSpeaking(): Promise<void> {
  await i18next.use(initReactI18next).init({
    resources: { en: { translation: en } },
    lng: "en",
    fallbackLng: "en",
    interpolation: { escapeValue: false },
    // A key that somebody put together and nobody wrote a text for: what stands on the page then is no word.
    saveMissing: true,
    missingKeyHandler: (_languages, name, key) => console.error(`there is no text ${name}:${key}`),
    // A screen's texts in another language may come a moment after the screen.
    react: { bindI18nStore: "added" },
  });
  await speak(chosenLanguage());
}
