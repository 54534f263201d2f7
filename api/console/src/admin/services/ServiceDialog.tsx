import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "../../api/client";
import { keys } from "../../api/keys";
import { instant } from "../../format/values";
import { Tone } from "../../states/Tone";
import { DataTable } from "../../table/DataTable";
import { ReasonDialog } from "../Dialogs";
import { MadeDialog, MakeDialog, type Made } from "../keys/KeyDialogs";
import { useKeyColumns } from "../keys/useKeyColumns";
import type { Account, ApiKeyRow, Service } from "../queries";
import RolesDialog from "../users/RolesDialog";
import { Dialog } from "../../shell/Dialog";
import "./texts";

type Deed = "roles" | "make" | "disable" | "enable";

interface Props {
  service: Service;
  known: ApiKeyRow[];
  onClose: () => void;
}

/** One program: what it may do, its keys, and what can be done about them. */
export default function ServiceDialog({ service, known, onClose }: Props) {
  const { t, i18n } = useTranslation("services");
  const { t: admin } = useTranslation("admin");
  const [deed, setDeed] = useState<Deed | null>(null);
  const [made, setMade] = useState<Made | null>(null);
  const { columns, dialogs, asking } = useKeyColumns({ owners: false, onMade: setMade });
  const done = () => setDeed(null);
  const make = (
    <Button size="xs" onClick={() => setDeed("make")}>
      {t("makeKey")}
    </Button>
  );
  return (
    <>
      <Dialog opened={deed === null && made === null && !asking} onClose={onClose} title={service.name} size={1080}>
        <Stack>
          <table className="facts">
            <tbody>
              <tr>
                <th scope="row">{t("login")}</th>
                <td>{service.login}</td>
              </tr>
              <tr>
                <th scope="row">{t("standing")}</th>
                <td>
                  <Tone tone={service.active ? "good" : "danger"}>{t(service.active ? "active" : "out")}</Tone>
                </td>
              </tr>
              <tr>
                <th scope="row">{t("roles")}</th>
                <td>{service.roles.join(", ") || admin("none")}</td>
              </tr>
              <tr>
                <th scope="row">{t("since")}</th>
                <td>{instant(service.created_at, i18n.language)}</td>
              </tr>
            </tbody>
          </table>
          <Title order={2}>{t("keys")}</Title>
          {known.length === 0 ? (
            <Group justify="space-between">
              <Text size="sm">{t("noKeys")}</Text>
              {service.active && make}
            </Group>
          ) : (
            <DataTable
              label={t("keysOf", { name: service.name })}
              file={`api-keys-${service.login}`}
              columns={columns}
              rows={known}
              id={(row) => row.id}
              height={260}
              tools={service.active ? make : undefined}
            />
          )}
          <Group gap="xs">
            <Button variant="default" onClick={() => setDeed("roles")}>
              {t("setRoles")}
            </Button>
            <Button variant="default" className={service.active ? "danger-button" : undefined} onClick={() => setDeed(service.active ? "disable" : "enable")}>
              {t(service.active ? "disable" : "enable")}
            </Button>
          </Group>
        </Stack>
      </Dialog>
      {dialogs}
      {deed === "roles" && <RolesDialog account={service as Pick<Account, "login" | "name" | "roles"> as Account} onClose={done} />}
      {deed === "make" && <MakeDialog owner={service} onClose={done} onMade={setMade} />}
      {(deed === "disable" || deed === "enable") && <StandingDialog service={service} deed={deed} onClose={done} />}
      {made && <MadeDialog made={made} onClose={() => setMade(null)} />}
    </>
  );
}

function StandingDialog({ service, deed, onClose }: { service: Service; deed: "disable" | "enable"; onClose: () => void }) {
  const { t } = useTranslation("services");
  const client = useQueryClient();
  const params = { path: { login: service.login } };
  const carryOut = async () => {
    await take(deed === "disable" ? api.POST("/accounts/{login}/disable", { params }) : api.POST("/accounts/{login}/enable", { params }));
    await client.invalidateQueries({ queryKey: keys.admin.all });
  };
  return (
    <ReasonDialog
      title={`${t(deed)}: ${service.name}`}
      text={t(`${deed}Text`)}
      deed={t(deed)}
      danger={deed === "disable"}
      reasoned={false}
      carryOut={carryOut}
      onClose={onClose}
    />
  );
}
