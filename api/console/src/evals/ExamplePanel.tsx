import { Anchor, Button, Group, Stack, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../session/session";
import { useKeys } from "../shell/shortcuts";
import { Tone } from "../states/Tone";
import { Command } from "./Command";
import { commandOf } from "./command";
import { wordDifference, type Part } from "./difference";
import classes from "./evals.module.css";
import type { RunDetail } from "./queries";
import "./texts";

export type Example = RunDetail["failing"][number];

interface Props {
  run: RunDetail["run"];
  example: Example;
  onClose: () => void;
}

/** One example that failed: what it was put as, what was expected, what came instead, and the case that it is of. */
export function ExamplePanel({ run, example, onClose }: Props) {
  const { t } = useTranslation("evals");
  const { t: common } = useTranslation();
  const mayTask = useMay("task.read");
  const heading = useRef<HTMLHeadingElement>(null);
  const sides = useMemo(() => wordDifference(example.expected, example.got), [example.expected, example.got]);
  useEffect(() => heading.current?.focus(), [example.name]);
  useKeys({ Escape: onClose });
  return (
    <section className="surface" style={{ padding: "14px 18px" }} aria-label={t("example.title")}>
      <Stack gap="sm">
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <div>
            <Title order={2} ref={heading} tabIndex={-1} style={{ outline: "none", overflowWrap: "anywhere" }}>
              {example.case?.title ?? example.name}
            </Title>
            <Group gap="xs">
              {example.newly && <Tone tone="danger">{t("run.newly")}</Tone>}
              {example.failed.length > 0 && <Text size="sm">{t("example.failed", { checks: example.failed.join(", ") })}</Text>}
              {example.group && (
                <Text size="sm" c="dimmed">
                  {t("run.group")}: {example.group}
                </Text>
              )}
              {example.runs > 1 && <Text size="sm">{t("run.times", { passes: example.passes, runs: example.runs })}</Text>}
            </Group>
          </div>
          <Button size="xs" variant="default" onClick={onClose} aria-keyshortcuts="Escape">
            {common("action.close")}
          </Button>
        </Group>
        {example.case ? (
          <Group gap="md">
            <Anchor size="sm" underline="always" renderRoot={(props) => <Link to="/cases/$caseId" params={{ caseId: example.case?.id ?? "" }} {...props} />}>
              {t("example.case")}
            </Anchor>
            {mayTask && example.task && (
              <Anchor size="sm" underline="always" renderRoot={(props) => <Link to="/tasks/$taskId" params={{ taskId: example.task ?? "" }} {...props} />}>
                {t("run.task")}
              </Anchor>
            )}
          </Group>
        ) : (
          <Text size="sm" c="dimmed">
            {t(example.withheld ? "example.withheld" : "example.noCase", { dataset: run.dataset })}
          </Text>
        )}
        <div className={classes.sides}>
          <Side label={t("run.expected")} parts={sides.expected} mark="del" nothing={t("example.nothing")} />
          <Side label={t("run.got")} parts={sides.got} mark="ins" nothing={t("example.nothing")} />
        </div>
        {!example.withheld && (
          <div>
            <Title order={3} size="sm" mb={4}>
              {t("example.input")}
            </Title>
            {example.input ? (
              <pre className={classes.text} tabIndex={0} role="group" aria-label={t("example.input")}>
                {example.input}
              </pre>
            ) : (
              <Text size="sm" c="dimmed">
                {t("example.noInput")}
              </Text>
            )}
          </div>
        )}
        <div>
          <Title order={3} size="sm" mb={4}>
            {t("example.again")}
          </Title>
          <Command text={commandOf(run)} />
        </div>
      </Stack>
    </section>
  );
}

interface SideProps {
  label: string;
  parts: Part[];
  mark: "del" | "ins";
  nothing: string;
}

function Side({ label, parts, mark: Mark, nothing }: SideProps) {
  return (
    <div>
      <Title order={3} size="sm" mb={4}>
        {label}
      </Title>
      <pre className={classes.text} tabIndex={0} role="group" aria-label={label}>
        {parts.length === 0
          ? nothing
          : parts.map((part, place) =>
              // Parts of a text have no other identity than their place.
              part.same ? <span key={place}>{part.text}</span> : <Mark key={place}>{part.text}</Mark>,
            )}
      </pre>
    </div>
  );
}
