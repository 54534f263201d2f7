import { Button, Code, Group } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { useTranslation } from "react-i18next";
import "./texts";

/** A command to be run elsewhere, with a button that copies it. */
export function Command({ text }: { text: string }) {
  const { t } = useTranslation("evals");
  const clipboard = useClipboard({ timeout: 3000 });
  return (
    <Group gap="xs" wrap="nowrap">
      <Code block style={{ flex: 1, textAlign: "start" }}>
        {text}
      </Code>
      <Button size="xs" variant="default" onClick={() => clipboard.copy(text)}>
        {t(clipboard.copied ? "copied" : "copy")}
      </Button>
    </Group>
  );
}
