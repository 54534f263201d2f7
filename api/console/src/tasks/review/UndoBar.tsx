import { Button, Progress, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { secondsLeft } from "../../format/countdown";
import { useNow } from "../../shell/clock";
import classes from "./review.module.css";

interface Props {
  until: string;
  may: boolean;
  busy: boolean;
  onUndo: () => void;
  onOver: () => void;
}

/** The window in which the answer may be undone: how long it lasts, in a number and in a bar, and the button for it. */
export function UndoBar({ until, may, busy, onUndo, onOver }: Props) {
  const { t } = useTranslation();
  const end = new Date(until);
  const [whole] = useState(() => Math.max(1, secondsLeft(end, new Date())));
  const left = secondsLeft(end, useNow(250));
  useEffect(() => {
    if (left === 0) onOver();
  }, [left, onOver]);
  if (left === 0) return null;
  return (
    <div className={classes.decide} role="region" aria-label={t("undo.title")}>
      <div style={{ flex: 1, minInlineSize: 220 }}>
        <Text size="sm" fw={600} className="number" role="timer" aria-live="off">
          {t("undo.left", { count: left })}
        </Text>
        <Progress value={(left / whole) * 100} size="sm" mt={4} aria-label={t("undo.title")} />
      </div>
      {may && (
        <Button onClick={onUndo} loading={busy} aria-keyshortcuts="u">
          {t("undo.undo")}
        </Button>
      )}
    </div>
  );
}
