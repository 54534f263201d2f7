import { Text } from "@mantine/core";
import { useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import classes from "./policies.module.css";
import "./texts";

interface Props {
  text: string;
  /** Lines that are shown first and marked, counted from 1. */
  first?: number;
  last?: number;
  label: string;
  tall?: boolean;
}

/** A text with its line numbers, read-only; the marked lines come into sight when they change. */
export function Source({ text, first = 0, last = 0, label, tall = false }: Props) {
  const { t } = useTranslation("policies");
  const sheet = useRef<HTMLDivElement>(null);
  const lines = useMemo(() => text.replace(/\n$/, "").split("\n"), [text]);
  useEffect(() => {
    const line = sheet.current?.querySelector<HTMLElement>(`[data-line="${first}"]`);
    if (line && sheet.current) sheet.current.scrollTop = line.offsetTop - sheet.current.offsetTop - 40;
  }, [first, text]);
  return (
    <section className="surface" aria-label={label}>
      <div className={classes.sourceHead}>
        <Text size="sm" fw={600}>
          {label}
        </Text>
        {first > 0 && (
          <Text size="xs" c="dimmed" className="number">
            {t("pack.lines", { first, last })}
          </Text>
        )}
      </div>
      <div ref={sheet} className={classes.source} data-tall={tall || undefined} tabIndex={0} role="group" aria-label={label}>
        {lines.map((line, number) => (
          <div
            // Lines of a text that never changes while it is shown.
            key={number}
            data-line={number + 1}
            data-marked={(number + 1 >= first && number + 1 <= last) || undefined}
            className={classes.line}
          >
            <span className={classes.lineNumber} aria-hidden="true">
              {number + 1}
            </span>
            <code>{line || " "}</code>
          </div>
        ))}
      </div>
    </section>
  );
}
