import { Button, Group, List, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";
import { ago } from "../format/ago";
import { instant, percent } from "../format/values";
import { CaseLink } from "../shell/ScreenLink";
import { useNow } from "../shell/clock";
import { Failure, Loading } from "../states/states";
import { Tone } from "../states/Tone";
import { Value } from "../states/Value";
import { MoveDialog } from "./MoveDialog";
import { MOVES, type Move } from "./moves";
import { incidentQuery, optionsQuery, triedQuery } from "./queries";
import classes from "./incidents.module.css";

type Detail = Schemas["IncidentDetail"];

/** One incident: what went wrong, what was tried, what an agent proposes, and what may be done about it alone. */
export function IncidentPanel({ id, titles }: { id: string; titles: Record<string, string> }) {
  const { t, i18n } = useTranslation("incidents");
  const found = useQuery(incidentQuery(id));
  if (found.error && !found.data) return <Failure error={found.error} retry={() => void found.refetch()} />;
  const incident = found.data;
  if (!incident) return <Loading />;
  return (
    <section className={`surface ${classes.part}`} aria-label={t("one.title")}>
      <Group gap="xs" mb={4}>
        <Title order={2}>
          <CaseLink id={incident.case}>{titles[incident.case] || incident.case.slice(0, 8)}</CaseLink>
        </Title>
        <Tone tone={incident.status === "open" ? "danger" : "good"}>{t(incident.status === "open" ? "one.open" : "one.closed")}</Tone>
        <Text size="xs" c="dimmed">
          {instant(incident.created_at, i18n.language)}
        </Text>
      </Group>
      <Text className={classes.message} mb="xs">
        {incident.message}
      </Text>
      {incident.status === "open" && <Moves incident={incident} />}
      <Title order={3} size="sm" mt="md">
        {t("one.tried")}
      </Title>
      <Tried incident={incident} />
      <Title order={3} size="sm" mt="md">
        {t("one.proposal")}
      </Title>
      <Proposal incident={incident} />
    </section>
  );
}

function Moves({ incident }: { incident: Detail }) {
  const { t } = useTranslation("incidents");
  const options = useQuery(optionsQuery(incident.id));
  const [asking, setAsking] = useState<Move | null>(null);
  if (options.error && !options.data) return <Failure error={options.error} retry={() => void options.refetch()} />;
  if (!options.data) return null;
  const allowed = MOVES.filter((move) => options.data.options.some((one) => one.move === move && one.allowed));
  return (
    <>
      {incident.next_step && (
        <Text size="sm" c="dimmed" mb="xs">
          {t("helps")}: {incident.next_step}
        </Text>
      )}
      <Group gap={6}>
        {allowed.map((move, place) => (
          <Button
            key={move}
            size="xs"
            variant={place === 0 ? "filled" : "default"}
            className={move === "cancel" ? "danger-button" : undefined}
            onClick={() => setAsking(move)}
          >
            {t(`move.${move}`)}
          </Button>
        ))}
      </Group>
      {allowed.length === 0 && (
        <Text size="sm" c="dimmed">
          {t("one.notNow", { why: options.data.options.find((one) => one.move === "retry")?.why ?? "" })}
        </Text>
      )}
      {asking && (
        <MoveDialog
          move={asking}
          target={{ kind: "one", incident: incident.id }}
          options={options.data}
          onDone={() => setAsking(null)}
          onClose={() => setAsking(null)}
        />
      )}
    </>
  );
}

/** Calls that its case has made, and earlier incidents of it. */
function Tried({ incident }: { incident: Detail }) {
  const { t, i18n } = useTranslation("incidents");
  const now = useNow(30_000);
  const found = useQuery(triedQuery(incident.id, incident.case));
  if (found.error && !found.data) return <Failure error={found.error} retry={() => void found.refetch()} />;
  if (!found.data) return null;
  const earlier = found.data.incidents.filter((one) => one.id !== incident.id && one.created_at < incident.created_at);
  const way = found.data.steps.map((step) => step.name);
  return (
    <Stack gap={2}>
      {found.data.effects.length + earlier.length === 0 && <Text size="sm">{t("one.nothingTried")}</Text>}
      <List size="sm">
        {found.data.effects.map((effect) => (
          <List.Item key={effect.id}>
            {t("one.calls", {
              tool: effect.tool,
              count: effect.sends,
              status: t(`one.effect.${effect.status}` as "one.effect.sent", { defaultValue: effect.status }),
            })}
            {effect.error && ` – ${effect.error}`}
          </List.Item>
        ))}
        {earlier.map((one) => (
          <List.Item key={one.id}>{t("one.earlier", { when: ago(one.created_at, now, i18n.language), message: one.message })}</List.Item>
        ))}
      </List>
      {way.length > 0 && (
        <Text size="xs" c="dimmed">
          {t("one.way")}: {way.join(" → ")}
        </Text>
      )}
    </Stack>
  );
}

function Proposal({ incident }: { incident: Detail }) {
  const { t, i18n } = useTranslation("incidents");
  const proposal = incident.proposal;
  if (proposal === null) return <Text size="sm">{t("one.none")}</Text>;
  if (proposal.blind) return <Text size="sm">{t("one.blind")}</Text>;
  if (proposal.status === "asking") return <Text size="sm">{t("one.asking")}</Text>;
  if (!proposal.choice) return <Text size="sm">{t("one.why", { why: proposal.why || proposal.status })}</Text>;
  return (
    <Stack gap={4}>
      <Text size="sm">
        <Tone tone="warning">{t("one.proposed", { fix: proposal.choice })}</Tone>{" "}
        {proposal.confidence_bps !== null && t("one.confidence", { share: percent(proposal.confidence_bps / 10_000, i18n.language) })}
        {proposal.applied_by && ` ${t("one.applied")}`}
      </Text>
      {proposal.answer && <Value value={proposal.answer} />}
      {[...proposal.signals, proposal.gate].filter(Boolean).map((text) => (
        <Text size="xs" c="dimmed" key={text}>
          {text}
        </Text>
      ))}
      <Text size="xs" c="dimmed">
        {t("proposalText")}
      </Text>
    </Stack>
  );
}
