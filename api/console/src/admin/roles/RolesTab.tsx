import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "../../api/client";
import { keys } from "../../api/keys";
import { useMay } from "../../session/session";
import { Failure, Loading } from "../../states/states";
import { Tone, type ToneName } from "../../states/Tone";
import { useAdminSearch } from "../AdminPage";
import classes from "../admin.module.css";
import { ReasonDialog } from "../Dialogs";
import { rolesQuery, type RoleState } from "../queries";

const TONES: Record<RoleState["state"], ToneName> = { as_released: "quiet", changed: "warning", own: "quiet", absent: "danger" };

/** The roles, each beside what this release has of it. */
export default function RolesTab() {
  const { t } = useTranslation("admin");
  const [search, choose] = useAdminSearch();
  const roles = useQuery(rolesQuery);
  if (roles.isPending) return <Loading />;
  if (roles.error) return <Failure error={roles.error} retry={() => void roles.refetch()} />;
  const shown = roles.data.toSorted((one, other) => one.title.localeCompare(other.title));
  const present = shown.find((role) => role.name === search.open) ?? shown[0];
  return (
    <div className={classes.split}>
      <nav className="surface" aria-label={t("tab.roles")}>
        <ul className={classes.list}>
          {shown.map((role) => (
            <li key={role.name}>
              <button type="button" className={classes.item} aria-current={role === present} onClick={() => choose({ open: role.name })}>
                {role.title}
                {(role.state !== "as_released" || role.missing.length > 0) && <Tone tone={TONES[role.state]}>{t(`role.${role.state}`)}</Tone>}
              </button>
            </li>
          ))}
        </ul>
      </nav>
      {present && <Role key={present.name} role={present} />}
    </div>
  );
}

function Role({ role }: { role: RoleState }) {
  const { t } = useTranslation("admin");
  const mayComplete = useMay("admin");
  const client = useQueryClient();
  const [completing, setCompleting] = useState(false);
  const complete = async (reason: string) => {
    await take(api.POST("/roles/{role}/complete", { params: { path: { role: role.name } }, body: { reason } }));
    await client.invalidateQueries({ queryKey: keys.admin.roles });
  };
  const completable = mayComplete && role.state !== "own" && role.missing.length > 0;
  return (
    <section className={`surface ${classes.panel}`} aria-label={role.title}>
      <Stack>
        <Group justify="space-between" align="flex-start">
          <div>
            <Title order={2}>{role.title}</Title>
            <Text size="sm" c="dimmed">
              {role.name}
            </Text>
          </div>
          <Group gap="sm">
            <Tone tone={TONES[role.state]}>{t(`role.${role.state}`)}</Tone>
            {completable && (
              <Button size="xs" onClick={() => setCompleting(true)}>
                {t("role.complete")}
              </Button>
            )}
          </Group>
        </Group>
        <Text size="sm">{t(`role.${role.state}Text`)}</Text>
        {role.missing.length > 0 && <Permissions title={t("role.missing")} names={role.missing} tone="warning" mark="−" />}
        {role.beyond.length > 0 && <Permissions title={t("role.beyond")} names={role.beyond} tone="quiet" mark="+" />}
        <Permissions title={t("role.grants", { count: role.permissions.length })} names={role.permissions} />
      </Stack>
      {completing && (
        <ReasonDialog
          title={`${t("role.complete")}: ${role.title}`}
          text={t("role.completeText", { what: role.missing.join(", ") })}
          deed={t("role.complete")}
          carryOut={complete}
          onClose={() => setCompleting(false)}
        />
      )}
    </section>
  );
}

function Permissions({ title, names, tone, mark }: { title: string; names: readonly string[]; tone?: ToneName; mark?: string }) {
  const { t, i18n } = useTranslation("admin");
  const what = (name: string) => {
    const key = `permission.${name.replaceAll(".", "_")}`;
    return i18n.exists(key, { ns: "admin" }) ? t(key as "permission.admin") : "";
  };
  return (
    <div>
      <Title order={3} size="sm" mb={6}>
        {title}
      </Title>
      <ul className={classes.permissions}>
        {names.map((name) => (
          <li key={name}>
            {tone ? (
              <Tone tone={tone} mark={mark}>
                {name}
              </Tone>
            ) : (
              <strong>{name}</strong>
            )}
            <Text size="xs" c="dimmed">
              {what(name)}
            </Text>
          </li>
        ))}
      </ul>
    </div>
  );
}
