import { Anchor, Button, Group, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { secondsLeft } from "../../format/countdown";
import { useWhoami } from "../../session/session";
import { useNow } from "../../shell/clock";
import { useKeys } from "../../shell/shortcuts";
import { useHanding } from "../work";
import { Letter } from "./UndoBar";
import { stillUndoable, undoables, useUndoables } from "./undoable";
import "./texts";

interface Props {
  /** The task that is on the screen: its window is shown there. */
  except?: string;
  /** Whether `u` is free: it undoes the newest. */
  letter: boolean;
}

/** What was approved before and may still be undone, for whoever went on to the next task at once. */
export function UndoTray(props: Props) {
  // Nothing counts seconds where there is nothing to count.
  return useUndoables().length > 0 ? <Counting {...props} /> : null;
}

function Counting({ except, letter }: Props) {
  const { t } = useTranslation("undoing");
  const { t: common } = useTranslation();
  const now = useNow(250);
  const shown = stillUndoable(useUndoables(), now, useWhoami().id, except);
  const handing = useHanding();
  const undo = (task: string) =>
    handing.mutate(
      { verb: "undo", task },
      {
        onSuccess: () => {
          undoables.drop(task);
          notifications.show({ message: common("handed.undo"), color: "green.9" });
        },
      },
    );
  const newest = shown[0];
  useKeys({ u: () => newest && !handing.isPending && undo(newest.task) }, letter && newest !== undefined);
  if (newest === undefined) return null;
  return (
    <Stack gap={4} component="section" className="surface" px={16} py={8} mb="sm" aria-label={t("earlier")}>
      {shown.map((one) => (
        <Group key={one.task} gap="sm" wrap="nowrap">
          <Text size="sm" style={{ flex: 1, minInlineSize: 0 }} truncate>
            {t("earlier")}:{" "}
            <Anchor size="sm" underline="always" renderRoot={(props) => <Link to="/tasks/$taskId" params={{ taskId: one.task }} search={true as never} {...props} />}>
              {one.title}
            </Anchor>
          </Text>
          <Text size="sm" fw={600} className="number" style={{ whiteSpace: "nowrap" }}>
            {t("left", { count: secondsLeft(new Date(one.until), now) })}
          </Text>
          <Button
            size="compact-sm"
            variant="default"
            loading={handing.isPending && handing.variables?.task === one.task}
            onClick={() => undo(one.task)}
            aria-label={t("undoThis", { title: one.title })}
            rightSection={letter && one === newest ? <Letter letter="u" /> : undefined}
          >
            {common("undo.undo")}
          </Button>
        </Group>
      ))}
    </Stack>
  );
}
