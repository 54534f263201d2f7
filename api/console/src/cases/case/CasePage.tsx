import { Anchor, Stack, Tabs, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useRouter, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { keys } from "../../api/keys";
import { instant, words } from "../../format/values";
import { concerns, useChanges, type Change } from "../../live/live";
import { useMay } from "../../session/session";
import { useNow } from "../../shell/clock";
import { useHelp } from "../../shell/helpGroups";
import { usePrint, usePrinting } from "../../shell/printing";
import { useKeys } from "../../shell/shortcuts";
import { Failure, Loading, NoPermission } from "../../states/states";
import { Tone } from "../../states/Tone";
import { Deadline } from "../../tasks/Deadline";
import { caseQuery, dataQuery, historyQuery, optionsQuery, TOPICS } from "../queries";
import { CaseStatus } from "../Status";
import { ageText, waitText } from "../waits";
import { Actions, type Ask } from "./Actions";
import { AgentsTab } from "./AgentsTab";
import { DataTab } from "./DataTab";
import { DocumentsTab } from "./DocumentsTab";
import { MessagesTab } from "./MessagesTab";
import { PathTab } from "./PathTab";
import { RulesTab } from "./RulesTab";
import { TABS, type LookSearch, type Tab } from "./tabs";
import { TimelineTab } from "./TimelineTab";
import classes from "../cases.module.css";
import "../texts";

export type CaseDetail = Schemas["CaseDetail"];
export type Options = Schemas["CaseOptionsView"];

export default function CasePage() {
  const { caseId } = useParams({ from: "/shell/cases/$caseId" });
  return useMay("case.read") ? <Loaded key={caseId} id={caseId} /> : <NoPermission />;
}

function Loaded({ id }: { id: string }) {
  const client = useQueryClient();
  const found = useQuery(caseQuery(id));
  const options = useQuery(optionsQuery(id));
  useChanges(
    TOPICS,
    useCallback(
      (change: Change) => {
        if (concerns(change, id)) void client.invalidateQueries({ queryKey: keys.cases.one(id) });
      },
      [client, id],
    ),
  );
  const failed = [found, options].find((one) => one.error && !one.data);
  if (failed) return <Failure error={failed.error} retry={() => void failed.refetch()} />;
  if (!found.data || !options.data) return <Loading />;
  return <Look shown={found.data} options={options.data} />;
}

function Look({ shown, options }: { shown: CaseDetail; options: Options }) {
  const { t } = useTranslation("cases");
  const navigate = useNavigate();
  const router = useRouter();
  const search = useSearch({ from: "/shell/cases/$caseId" });
  const tab = search.look ?? "path";
  const heading = useRef<HTMLHeadingElement>(null);
  const [asking, setAsking] = useState<Ask | null>(null);
  const client = useQueryClient();
  const printing = usePrinting();
  const whole = [historyQuery(shown.id), dataQuery(shown.id, undefined, undefined)] as const;
  const print = usePrint(() => Promise.all([client.ensureQueryData(whole[0]), client.ensureQueryData(whole[1])]));
  useDocumentTitle(`${shown.title || shown.id} · Interlock`);
  useEffect(() => heading.current?.focus(), []);
  const look = (part: LookSearch) =>
    void navigate({
      to: "/cases/$caseId",
      params: { caseId: shown.id },
      search: { ...search, ...part, look: part.look === "path" ? undefined : (part.look ?? search.look) },
      replace: true,
    });
  const may = (verb: string) => options.options.some((one) => one.verb === verb && one.allowed);
  const task = shown.waits.find((wait) => wait.kind === "task");
  const seesTasks = useMay("task.read");
  const openTask = () => {
    if (task && seesTasks) void navigate({ to: "/tasks/$taskId", params: { taskId: task.ref } });
  };
  useKeys({
    ...Object.fromEntries(TABS.map((one, place) => [String(place + 1), () => look({ look: one })])),
    s: () => setAsking(may("suspend") ? "suspend" : may("resume") ? "resume" : null),
    r: () => may("retry") && setAsking("retry"),
    o: openTask,
    Escape: () => (router.history.canGoBack() ? router.history.back() : void navigate({ to: "/cases" })),
  });
  useHelp(t("help.case"), [
    ["1 … 7", t("help.tab")],
    ["[ ]", t("help.earlier")],
    ["s", t("help.suspend")],
    ["r", t("help.retry")],
    ["o", t("help.task")],
    ["Esc", t("help.back")],
  ]);
  if (printing) return <CaseFile shown={shown} options={options} />;
  return (
    <article>
      <Stack gap="md">
        <Header shown={shown} options={options} heading={heading} />
        <Actions shown={shown} options={options} asking={asking} onAsk={setAsking} onOpenTask={task && seesTasks ? openTask : undefined} onPrint={print} />
        <Tabs value={tab} onChange={(value) => look({ look: (value ?? "path") as Tab })} keepMounted={false} activateTabWithKeyboard={false}>
          <Tabs.List mb="md">
            {TABS.map((one, place) => (
              <Tabs.Tab key={one} value={one} aria-keyshortcuts={String(place + 1)}>
                {t(`tabs.${one}`)}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          <Tabs.Panel value="path">
            <PathTab shown={shown} present={options.stands_at} onOpen={(place) => look({ look: "data", at: place, since: undefined })} />
          </Tabs.Panel>
          <Tabs.Panel value="timeline">
            <TimelineTab id={shown.id} />
          </Tabs.Panel>
          <Tabs.Panel value="data">
            <DataTab id={shown.id} at={search.at} since={search.since} onLook={look} />
          </Tabs.Panel>
          <Tabs.Panel value="documents">
            <DocumentsTab id={shown.id} />
          </Tabs.Panel>
          <Tabs.Panel value="rules">
            <RulesTab id={shown.id} />
          </Tabs.Panel>
          <Tabs.Panel value="agents">
            <AgentsTab id={shown.id} />
          </Tabs.Panel>
          <Tabs.Panel value="messages">
            <MessagesTab id={shown.id} tasks={shown.tasks} />
          </Tabs.Panel>
        </Tabs>
      </Stack>
    </article>
  );
}

function CaseFile({ shown, options }: { shown: CaseDetail; options: Options }) {
  const { t, i18n } = useTranslation("cases");
  const heading = useRef<HTMLHeadingElement>(null);
  return (
    <article>
      <Text size="xs">
        {t("print.title")} {shown.id} · {shown.process} · {t("print.made", { at: instant(new Date().toISOString(), i18n.language) })}
      </Text>
      <Header shown={shown} options={options} heading={heading} />
      {(
        [
          ["timeline", <TimelineTab key="t" id={shown.id} />],
          ["rules", <RulesTab key="r" id={shown.id} />],
          ["agents", <AgentsTab key="a" id={shown.id} />],
          ["data", <DataTab key="d" id={shown.id} at={undefined} since={undefined} onLook={() => {}} />],
        ] as const
      ).map(([name, part]) => (
        <section key={name}>
          <Title order={2} my="sm">
            {t(`tabs.${name}`)}
          </Title>
          {part}
        </section>
      ))}
    </article>
  );
}

interface HeaderProps {
  shown: CaseDetail;
  options: Options;
  heading: React.RefObject<HTMLHeadingElement | null>;
}

function Header({ shown, options, heading }: HeaderProps) {
  const { t, i18n } = useTranslation("cases");
  const now = useNow(30_000);
  const ended = shown.ended_at !== null;
  const facts: [string, string][] = [
    [t("column.process"), shown.process],
    [t("column.started"), `${instant(shown.created_at, i18n.language)} · ${shown.started_by.name}`],
  ];
  if (options.stands_at) facts.push([t("column.stands"), `${words(options.stands_at)} · ${ageText(shown.since, now, t)}`]);
  if (shown.stage) facts.push([t("stage"), words(shown.stage)]);
  if (shown.waits.length > 0) facts.push([t("column.waits"), waitText(shown, t)]);
  if (ended && shown.ended_at) facts.push([t("ended"), instant(shown.ended_at, i18n.language)]);
  if (shown.outcome) facts.push([t("outcome"), shown.outcome]);
  return (
    <Stack gap={8}>
      <Anchor component={Link} to="/cases" size="sm" underline="always" className="no-print">
        ← {t("back")}
      </Anchor>
      <div className={classes.header}>
        <Title order={1} ref={heading} tabIndex={-1} style={{ outline: "none" }}>
          {shown.title || shown.id}
        </Title>
        <CaseStatus status={shown.status} />
        {shown.due_at && <Deadline at={shown.due_at} />}
        {shown.at_risk && <Tone tone="warning">{t("atRisk")}</Tone>}
      </div>
      {shown.status === "suspended" && <Text size="sm">{t("suspendedText")}</Text>}
      {shown.waits
        .filter((wait) => wait.kind === "incident")
        .map((wait) => (
          <Text key={wait.ref} size="sm">
            <Tone tone="danger">{wait.what}</Tone> {wait.told}
          </Text>
        ))}
      <dl className={classes.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Stack>
  );
}
