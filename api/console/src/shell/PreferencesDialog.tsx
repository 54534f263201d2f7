import { SegmentedControl, Select, Stack, Switch, Text, useMantineColorScheme } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { chosenLanguage, LANGUAGES, speak, type Language } from "../i18n";
import { Dialog } from "./Dialog";
import { preferences, usePreferences } from "./preferences";

/** How somebody likes to work; kept in this browser. */
export default function PreferencesDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const kept = usePreferences();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Dialog opened onClose={onClose} title={t("settings.title")}>
      <Stack>
        <Select
          label={t("settings.language")}
          data={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))}
          value={kept.language ?? chosenLanguage()}
          allowDeselect={false}
          comboboxProps={{ zIndex: 500 }}
          onChange={(value) => {
            if (value === null) return;
            preferences.set({ language: value as Language });
            void speak(value as Language);
          }}
        />
        <div>
          <Text size="sm" fw={500} id="scheme">
            {t("settings.scheme")}
          </Text>
          <SegmentedControl
            fullWidth
            aria-labelledby="scheme"
            value={colorScheme}
            onChange={(value) => setColorScheme(value as "light")}
            data={(["light", "dark", "auto"] as const).map((value) => ({ value, label: t(`settings.schemes.${value}`) }))}
          />
        </div>
        <div>
          <Text size="sm" fw={500} id="density">
            {t("settings.density")}
          </Text>
          <SegmentedControl
            fullWidth
            aria-labelledby="density"
            value={kept.density}
            onChange={(value) => preferences.set({ density: value as "compact" })}
            data={(["comfortable", "compact"] as const).map((value) => ({ value, label: t(`settings.densities.${value}`) }))}
          />
        </div>
        <Switch
          label={t("settings.letters")}
          description={t("settings.lettersText")}
          checked={kept.letters}
          onChange={(event) => preferences.set({ letters: event.currentTarget.checked })}
        />
      </Stack>
    </Dialog>
  );
}
