import { Button, Kbd, Progress, Text } from "@mantine/core";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { secondsLeft } from "../../format/countdown";
import { useNow } from "../../shell/clock";
import { usePreferences } from "../../shell/preferences";
import classes from "../review/review.module.css";
import "./texts";

interface Props {
  /** The tool that is called once the window is over. */
  tool: string | null;
  from: string;
  until: string;
  may: boolean;
  busy: boolean;
  onUndo: () => void;
  onNext: () => void;
  onOver: () => void;
}

/** The window in which the answer may be undone: how long it lasts, in a number and in a bar, and the button for it. */
export function UndoBar({ tool, from, until, may, busy, onUndo, onNext, onOver }: Props) {
  const { t } = useTranslation();
  const { t: undoing } = useTranslation("undoing");
  const end = new Date(until);
  const whole = Math.max(1, secondsLeft(end, new Date(from)));
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
        {tool && (
          <Text size="sm" c="dimmed">
            {undoing("after", { tool })}
          </Text>
        )}
        <Progress value={Math.min(100, (left / whole) * 100)} size="sm" mt={6} aria-label={t("undo.title")} />
      </div>
      {may && (
        <Button onClick={onUndo} loading={busy} aria-keyshortcuts="u" rightSection={<Letter letter="u" />}>
          {t("undo.undo")}
        </Button>
      )}
      <Button variant="default" onClick={onNext} aria-keyshortcuts="n">
        {t("review.next")}
      </Button>
    </div>
  );
}

/** A key that does the same, for those who have not switched single letters off. */
export function Letter({ letter }: { letter: string }) {
  return usePreferences().letters ? (
    <Kbd size="xs" aria-hidden="true">
      {letter}
    </Kbd>
  ) : null;
}
