import { Alert, Button, Group, Stack, Table, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "../../api/client";
import { keys } from "../../api/keys";
import { instant } from "../../format/values";
import { useMay, useWhoami } from "../../session/session";
import { Failure } from "../../states/states";
import { Tone } from "../../states/Tone";
import { useConfirmed } from "../confirmed";
import { ReasonDialog } from "../Dialogs";
import { sessionsQuery, type Account } from "../queries";
import { Dialog } from "../../shell/Dialog";
import type { Given } from "./given";
import OffboardDialog from "./OffboardDialog";
import RolesDialog from "./RolesDialog";
import { standingOf, TONES } from "./standing";

type Deed = "roles" | "disable" | "enable" | "endSessions" | "offboard";

interface Props {
  account: Account;
  onClose: () => void;
  onGiven: (given: Given) => void;
}

/** One person: how they stand, what they may, where they are signed in, and what can be done. */
export default function UserDialog({ account, onClose, onGiven }: Props) {
  const { t, i18n } = useTranslation("admin");
  const who = useWhoami();
  const mayOffboard = useMay("people.manage");
  const [deed, setDeed] = useState<Deed | null>(null);
  const done = () => setDeed(null);
  const own = who.id === account.id;
  const standing = standingOf(account);
  return (
    <>
      <Dialog
        opened={deed === null}
        onClose={onClose}
        title={account.name}
        size="xl"
      >
        <Stack>
          <table className="facts">
            <tbody>
              <Fact name={t("users.login")}>{account.login}</Fact>
              <Fact name={t("users.standing")}>
                <Tone tone={TONES[standing]}>{t(`standing.${standing}`)}</Tone>
              </Fact>
              <Fact name={t("users.roles")}>{account.roles.join(", ") || t("none")}</Fact>
              <Fact name={t("users.email")}>{account.email ?? t("none")}</Fact>
              <Fact name={t("users.passwordSince")}>
                {account.password_set_at ? instant(account.password_set_at, i18n.language) : t("users.noPassword")}
              </Fact>
              {account.providers.length > 0 && <Fact name={t("users.providers")}>{account.providers.join(", ")}</Fact>}
            </tbody>
          </table>
          <Sessions login={account.login} />
          {own && <Alert variant="outline">{t("users.own")}</Alert>}
          <Group gap="xs">
            {account.active && <Give account={account} onGiven={onGiven} onClose={onClose} />}
            {!own && (
              <Button variant="default" onClick={() => setDeed("roles")}>
                {t("users.setRoles")}
              </Button>
            )}
            <Button variant="default" onClick={() => setDeed("endSessions")}>
              {t("users.endSessions")}
            </Button>
            {!own && (
              <Button variant="default" className={account.active ? "danger-button" : undefined} onClick={() => setDeed(account.active ? "disable" : "enable")}>
                {t(account.active ? "users.disable" : "users.enable")}
              </Button>
            )}
            {!own && mayOffboard && account.active && (
              <Button variant="default" className="danger-button" onClick={() => setDeed("offboard")}>
                {t("users.offboard")}
              </Button>
            )}
          </Group>
        </Stack>
      </Dialog>
      {deed === "roles" && <RolesDialog account={account} onClose={done} />}
      {deed === "offboard" && <OffboardDialog account={account} onClose={done} />}
      {(deed === "disable" || deed === "enable" || deed === "endSessions") && <StandingDialog account={account} deed={deed} onClose={done} />}
    </>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{children}</td>
    </tr>
  );
}

function Give({ account, onGiven, onClose }: Props) {
  const { t } = useTranslation("admin");
  const client = useQueryClient();
  const confirmed = useConfirmed();
  const reset = account.password_set_at !== null;
  const given = useMutation({
    mutationFn: () => {
      const params = { path: { login: account.login } };
      return confirmed(() => take(reset ? api.POST("/accounts/{login}/reset", { params }) : api.POST("/accounts/{login}/invite", { params })));
    },
    onSuccess: (found) => {
      onClose();
      onGiven(found);
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.admin.accounts }),
  });
  return (
    <>
      {given.error && <Failure error={given.error} />}
      <Button loading={given.isPending} onClick={() => given.mutate()}>
        {t(reset ? "users.reset" : "users.inviteAgain")}
      </Button>
    </>
  );
}

function StandingDialog({ account, deed, onClose }: { account: Account; deed: "disable" | "enable" | "endSessions"; onClose: () => void }) {
  const { t } = useTranslation("admin");
  const client = useQueryClient();
  const params = { path: { login: account.login } };
  const carryOut = async () => {
    if (deed === "disable") await take(api.POST("/accounts/{login}/disable", { params }));
    else if (deed === "enable") await take(api.POST("/accounts/{login}/enable", { params }));
    else await take(api.POST("/accounts/{login}/end-sessions", { params }));
    await client.invalidateQueries({ queryKey: keys.admin.all });
  };
  return (
    <ReasonDialog
      title={`${t(`users.${deed}`)}: ${account.name}`}
      text={t(`users.${deed}Text`)}
      deed={t(`users.${deed}`)}
      danger={deed !== "enable"}
      reasoned={false}
      carryOut={carryOut}
      onClose={onClose}
    />
  );
}

function Sessions({ login }: { login: string }) {
  const { t, i18n } = useTranslation("admin");
  const sessions = useQuery(sessionsQuery(login));
  return (
    <section>
      <Title order={2} mb={4}>
        {t("users.sessions")}
      </Title>
      {sessions.error && <Failure error={sessions.error} retry={() => void sessions.refetch()} />}
      {sessions.data?.length === 0 && (
        <Text size="sm" c="dimmed">
          {t("users.noSessions")}
        </Text>
      )}
      {sessions.data && sessions.data.length > 0 && (
        <Table.ScrollContainer minWidth={420} mah={200}>
          <Table verticalSpacing={4} fz="sm">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("users.since")}</Table.Th>
                <Table.Th>{t("users.seen")}</Table.Th>
                <Table.Th>{t("users.address")}</Table.Th>
                <Table.Th>{t("users.by")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {sessions.data.map((session) => (
                <Table.Tr key={session.id}>
                  <Table.Td>{instant(session.started_at, i18n.language)}</Table.Td>
                  <Table.Td>{instant(session.seen_at, i18n.language)}</Table.Td>
                  <Table.Td>{session.address}</Table.Td>
                  <Table.Td>{t(session.issuer ? "way.provider" : "way.password")}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </section>
  );
}
