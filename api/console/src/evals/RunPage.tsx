import { Anchor, Group, List, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { instant } from "../format/values";
import { useMay } from "../session/session";
import { Failure, Loading, NoPermission } from "../states/states";
import { Tone, type ToneName } from "../states/Tone";
import type { Column } from "../table/columns";
import { DataTable } from "../table/DataTable";
import { Command } from "./Command";
import { commandOf } from "./command";
import { Passed } from "./EvalsPage";
import { ExamplePanel, type Example } from "./ExamplePanel";
import { runQuery, type Figure, type RunDetail } from "./queries";
import { trend, type Trend } from "./trend";
import "./texts";

type Gate = RunDetail["gates"][number];
const TONES: Record<Trend, ToneName> = { better: "good", worse: "danger", same: "quiet", new: "quiet" };

export default function RunPage() {
  return useMay("evaluation.read") ? <RunView /> : <NoPermission />;
}

function RunView() {
  const { t, i18n } = useTranslation("evals");
  const { runId } = useParams({ from: "/shell/evals/$runId" });
  const found = useQuery(runQuery(runId));
  useDocumentTitle(`${found.data?.run.suite ?? t("title")} · Interlock`);
  if (found.error) return <Failure error={found.error} retry={() => void found.refetch()} />;
  if (!found.data) return <Loading />;
  const { run, before, notes } = found.data;
  const newly = found.data.failing.filter((one) => one.newly).length;
  return (
    <Stack gap="sm">
      <div>
        <Group gap="sm">
          <Title order={1}>{run.suite}</Title>
          <Passed passed={run.passed} />
        </Group>
        <Text size="sm" c="dimmed">
          {run.dataset} · {instant(run.started_at, i18n.language)} · {t("run.took", { seconds: run.seconds.toFixed(1) })} · {t("columns.version")} {run.version} ·{" "}
          {t("columns.origin")}: {run.origin ?? t("nobody")}
        </Text>
        <Text size="sm">
          {before ? (
            <>
              {t("run.since", { at: instant(before.started_at, i18n.language), worse: newly, better: found.data.newly_passing.length })}{" "}
              <Anchor size="sm" underline="always" renderRoot={(props) => <Link to="/evals/$runId" params={{ runId: before.id }} {...props} />}>
                {t("run.before")}
              </Anchor>
            </>
          ) : (
            t("run.first")
          )}
        </Text>
      </div>
      <Gates gates={found.data.gates} />
      <Examples run={found.data} />
      <Figures figures={found.data.figures} />
      {notes.length > 0 && (
        <section className="surface" style={{ padding: "14px 18px" }}>
          <Title order={2}>{t("run.notes")}</Title>
          <List size="sm">
            {notes.map((note) => (
              <List.Item key={note}>{note}</List.Item>
            ))}
          </List>
        </section>
      )}
      <section className="surface no-print" style={{ padding: "14px 18px" }}>
        <Title order={2} mb={6}>
          {t("run.again")}
        </Title>
        <Text size="sm" c="dimmed" mb={6}>
          {t("run.againText")}
        </Text>
        <Command text={commandOf(run)} />
      </section>
    </Stack>
  );
}

function Gates({ gates }: { gates: Gate[] }) {
  const { t } = useTranslation("evals");
  const columns: Column<Gate>[] = [
    { id: "passed", header: t("run.result"), value: (gate) => t(gate.passed ? "passed" : "failed"), cell: (gate) => <Passed passed={gate.passed} />, width: 120 },
    {
      id: "name",
      header: t("run.gate"),
      value: (gate) => gate.name,
      cell: (gate) => (
        <>
          {gate.name}
          {!gate.passed && gate.why.length > 0 && (
            <Text size="xs" c="dimmed">
              {gate.why.join("; ")}
            </Text>
          )}
        </>
      ),
      grow: true,
      width: 280,
    },
    { id: "reached", header: t("run.reached"), value: (gate) => gate.reached, numeric: true, width: 120 },
    { id: "demanded", header: t("run.demanded"), value: (gate) => gate.demanded, numeric: true, width: 120 },
  ];
  const rows = [...gates].sort((one, other) => Number(one.passed) - Number(other.passed));
  return (
    <>
      <Title order={2}>{t("run.gates")}</Title>
      <DataTable label={t("run.gates")} file="gates" columns={columns} rows={rows} id={(gate) => gate.name} height={320} />
    </>
  );
}

function Figures({ figures }: { figures: Figure[] }) {
  const { t } = useTranslation("evals");
  const beside = (figure: Figure, value: number | null, shown: string | null) => {
    const found = trend(figure, value);
    return shown === null ? "–" : (
      <>
        {shown} {found !== "same" && <Tone tone={TONES[found]}>{t(`run.trend.${found}`)}</Tone>}
      </>
    );
  };
  const bound = (figure: Figure) => {
    if (figure.lower === null || figure.upper === null) return null;
    const scale = figure.unit === "share" ? 100 : 1;
    return `${(figure.lower * scale).toFixed(1)} – ${(figure.upper * scale).toFixed(1)}${figure.unit === "share" ? " %" : ""}`;
  };
  const columns: Column<Figure>[] = [
    { id: "name", header: t("run.figure"), value: (figure) => figure.name, grow: true, width: 280 },
    { id: "value", header: t("run.value"), value: (figure) => figure.value, cell: (figure) => figure.shown, numeric: true, width: 110 },
    { id: "interval", header: t("run.interval"), value: bound, numeric: true, width: 140 },
    { id: "samples", header: t("run.samples"), value: (figure) => figure.samples, numeric: true, width: 70 },
    { id: "before", header: t("run.before"), value: (figure) => figure.before, cell: (figure) => beside(figure, figure.before, figure.before_shown), numeric: true, width: 160 },
    { id: "baseline", header: t("run.baseline"), value: (figure) => figure.baseline, cell: (figure) => beside(figure, figure.baseline, figure.baseline_shown), numeric: true, width: 190 },
  ];
  return (
    <>
      <Title order={2}>{t("run.figures")}</Title>
      <DataTable label={t("run.figures")} file="figures" columns={columns} rows={figures} id={(figure) => figure.name} height={420} />
    </>
  );
}

function Examples({ run }: { run: RunDetail }) {
  const { t } = useTranslation("evals");
  const navigate = useNavigate();
  const { example } = useSearch({ from: "/shell/evals/$runId" });
  const open = run.failing.find((one) => one.name === example);
  const choose = (name?: string) =>
    void navigate({ to: "/evals/$runId", params: { runId: run.run.id }, search: name ? { example: name } : {}, replace: true, resetScroll: false });
  const columns: Column<Example>[] = [
    {
      id: "name",
      header: t("run.example"),
      value: (one) => one.name,
      cell: (one) => (
        <>
          <Anchor
            size="sm"
            tabIndex={-1}
            renderRoot={(props) => <Link to="/evals/$runId" params={{ runId: run.run.id }} search={{ example: one.name }} replace resetScroll={false} {...props} />}
          >
            {one.case?.title ?? one.name}
          </Anchor>{" "}
          {one.newly && <Tone tone="danger">{t("run.newly")}</Tone>}
        </>
      ),
      width: 260,
      grow: true,
    },
    { id: "group", header: t("run.group"), value: (one) => one.group || null, width: 120 },
    { id: "failed", header: t("run.checks"), value: (one) => one.failed.join(", "), width: 140 },
    { id: "expected", header: t("run.expected"), value: (one) => one.expected, width: 170 },
    { id: "got", header: t("run.got"), value: (one) => one.got, width: 170 },
    ...(run.run.repeat > 1
      ? [{ id: "passes", header: t("run.value"), value: (one: Example) => t("run.times", { passes: one.passes, runs: one.runs }), width: 150 }]
      : []),
  ];
  return (
    <>
      <Title order={2}>{t("run.failing")}</Title>
      {run.failing.length === 0 ? (
        <Text size="sm">
          <Tone tone="good">{t("run.none")}</Tone>
        </Text>
      ) : (
        <DataTable
          label={t("run.failing")}
          file="failing"
          columns={columns}
          rows={run.failing}
          id={(one) => one.name}
          onOpen={(one) => choose(one.name)}
          height={420}
        />
      )}
      {open && <ExamplePanel run={run.run} example={open} onClose={() => choose()} />}
    </>
  );
}
