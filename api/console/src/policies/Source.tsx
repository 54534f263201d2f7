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
  const marked = useRef<HTMLElement>(null);
  const lines = useMemo(() => text.replace(/\n$/, "").split("\n"), [text]);
  const numbers = useMemo(() => lines.map((_, number) => number + 1).join("\n"), [lines]);
  useEffect(() => {
    if (marked.current && sheet.current) sheet.current.scrollTop = marked.current.offsetTop - 40;
  }, [first, text]);
  // Three pieces of text instead of a thousand lines: a browser lays them out at once, and so does whoever reads aloud.
  const part = (from: number, to: number) => lines.slice(from, to).map((line) => `${line}\n`).join("");
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
        <pre className={classes.numbers} aria-hidden="true">
          {numbers}
        </pre>
        <pre className={classes.text}>
          {part(0, Math.max(0, first - 1))}
          {first > 0 && (
            <mark ref={marked} data-marked>
              {part(first - 1, last)}
            </mark>
          )}
          {part(first > 0 ? last : 0, lines.length)}
        </pre>
      </div>
    </section>
  );
}
