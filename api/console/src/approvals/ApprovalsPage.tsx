import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { useCallback, useRef } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "../api/keys";
import { money } from "../format/values";
import { useChanges } from "../live/live";
import { useMay } from "../session/session";
import { useKeys } from "../shell/shortcuts";
import { Empty, Failure, Loading, NoPermission } from "../states/states";
import { Tone } from "../states/Tone";
import { Deadline } from "../tasks/Deadline";
import { isWhose, PARTS, type Whose } from "./filter";
import { Limits } from "./Limits";
import { approvalsQuery, type Approval } from "./queries";
import { StandIns } from "./StandIns";
import classes from "./approvals.module.css";
import "./texts";

const TOPICS = ["task", "delegation", "authority"] as const;

export default function ApprovalsPage() {
  return useMay("task.read") ? <Approvals /> : <NoPermission />;
}

/** What waits for a yes or no, whether I may say it and why, and who stands in for whom. */
function Approvals() {
  const { t } = useTranslation("approvals");
  const client = useQueryClient();
  const { part = "mine" } = useSearch({ from: "/shell/approvals" });
  useDocumentTitle(`${t("title")} · Interlock`);
  useChanges(
    TOPICS,
    useCallback(() => void client.invalidateQueries({ queryKey: keys.approvals.all }), [client]),
  );
  return (
    <Stack gap="md">
      <Title order={1}>{t("title")}</Title>
      <nav aria-label={t("parts")}>
        <Group gap={4}>
          {PARTS.map((one) => (
            <Link
              key={one}
              to="/approvals"
              search={one === "mine" ? {} : { part: one }}
              className="nav-link"
              activeOptions={{ exact: true, includeSearch: true }}
              replace
            >
              {t(`part.${one}`)}
            </Link>
          ))}
        </Group>
      </nav>
      {isWhose(part) ? <Waiting key={part} whose={part} /> : part === "limits" ? <Limits /> : <StandIns />}
    </Stack>
  );
}

function Waiting({ whose }: { whose: Whose }) {
  const { t } = useTranslation("approvals");
  const found = useInfiniteQuery(approvalsQuery(whose));
  const list = useRef<HTMLElement>(null);
  const move = (by: 1 | -1) => {
    const links = [...(list.current?.querySelectorAll<HTMLElement>("[data-approval]") ?? [])];
    const here = links.findIndex((link) => link === document.activeElement);
    links[Math.max(0, Math.min(links.length - 1, here + by))]?.focus();
  };
  useKeys({ j: () => move(1), k: () => move(-1) });
  if (found.isPending) return <Loading />;
  if (found.error && !found.data) return <Failure error={found.error} retry={() => void found.refetch()} />;
  const approvals = found.data.pages.flatMap((page) => page.approvals);
  if (approvals.length === 0) {
    return (
      <section className="surface">
        <Empty title={t(`empty.${whose}`)}>{t("emptyText")}</Empty>
      </section>
    );
  }
  return (
    <section className="surface" aria-label={t(`part.${whose}`)} ref={list}>
      {approvals.map((one) => (
        <Card key={one.task.id} approval={one} />
      ))}
      {found.hasNextPage && (
        <Group justify="center" p="sm">
          <Button size="xs" variant="default" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
            {t("more")}
          </Button>
        </Group>
      )}
    </section>
  );
}

/** One approval: what it is about on the left, and on the right whether I may give it, with the reason. */
function Card({ approval }: { approval: Approval }) {
  const { t, i18n } = useTranslation("approvals");
  const { task, approve } = approval;
  const amount = (minor: number) => (approval.currency ? money(minor, approval.currency, i18n.language) : String(minor));
  return (
    <article className={classes.card} data-allowed={approve.allowed}>
      <div>
        <Link to="/tasks/$taskId" params={{ taskId: task.id }} className={classes.title} data-approval>
          {task.title}
        </Link>
        <Text size="sm" c="dimmed">
          {task.question}
        </Text>
        <Group gap="xs" mt={4}>
          <Deadline at={task.deadline_at} />
          {approval.irreversible && <Tone tone="danger">{t("irreversible")}</Tone>}
          <Text size="sm" c="dimmed">
            {task.assignee ? t("for", { name: task.assignee.name }) : t("forRole", { role: task.role })}
          </Text>
        </Group>
      </div>
      <Stack gap={4} align="flex-start">
        <Tone tone={approve.allowed ? "good" : "danger"}>
          {approve.allowed ? (approve.in_place_of ? t("mayFor", { name: approve.in_place_of.name }) : t("may")) : t("mayNot")}
        </Tone>
        {!approve.allowed && <Text size="sm">{approve.why}</Text>}
        <Text size="sm" c="dimmed" className="number">
          {approval.needed_minor === null
            ? t("noAmount")
            : `${t("needs", { amount: amount(approval.needed_minor) })} – ${approval.limit_minor === null ? t("noLimit") : t("yours", { amount: amount(approval.limit_minor) })}`}
        </Text>
        {approval.excluded.length > 0 && (
          <Text size="sm" c="dimmed">
            {t("fourEyes", { names: approval.excluded.map((one) => one.name).join(", ") })}
          </Text>
        )}
        {approve.allowed && (
          <>
            <Link to="/tasks/$taskId" params={{ taskId: task.id }} tabIndex={-1}>
              {t("open")}
            </Link>
            {approval.irreversible && (
              <Text size="xs" c="dimmed">
                {t("undo")}
              </Text>
            )}
          </>
        )}
      </Stack>
    </article>
  );
}
