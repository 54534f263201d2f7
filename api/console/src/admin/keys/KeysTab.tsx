import { Button, Checkbox, Select, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take, type Schemas } from "../../api/client";
import { keys } from "../../api/keys";
import { instant } from "../../format/values";
import { Empty, Failure, Loading } from "../../states/states";
import { Tone, type ToneName } from "../../states/Tone";
import type { Column } from "../../table/columns";
import { DataTable } from "../../table/DataTable";
import { useAdminSearch } from "../AdminPage";
import { useConfirmed } from "../confirmed";
import { DeedDialog } from "../DeedDialog";
import { OnceDialog, ReasonDialog } from "../Dialogs";
import { accountsQuery, apiKeysQuery, type ApiKeyRow } from "../queries";
import { keyStanding, type KeyStanding } from "./standing";

type Made = Schemas["MadeKeyView"];
const TONES: Record<KeyStanding, ToneName> = { good: "good", unused: "quiet", over: "warning", revoked: "danger", out: "danger" };

/** API keys: whose they are, what for, and when they were last used. */
export default function KeysTab() {
  const { t, i18n } = useTranslation("admin");
  const [search, choose] = useAdminSearch();
  const found = useQuery(apiKeysQuery(search.revoked ?? false));
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<Made | null>(null);
  const [revoking, setRevoking] = useState<ApiKeyRow | null>(null);
  const columns = useMemo((): Column<ApiKeyRow>[] => {
    const at = (value: string | null) => (value ? instant(value, i18n.language) : t("none"));
    const day = (value: string | null) => (value ? new Intl.DateTimeFormat(i18n.language, { dateStyle: "medium" }).format(new Date(value)) : t("none"));
    const standing = (row: ApiKeyRow) => keyStanding(row, new Date());
    return [
      { id: "owner", header: t("keys.owner"), value: (row) => row.owner_name, width: 170 },
      { id: "name", header: t("keys.name"), value: (row) => row.name || t("keys.first"), grow: true },
      { id: "standing", header: t("keys.standing"), value: (row) => t(`key.${standing(row)}`), cell: (row) => <Tone tone={TONES[standing(row)]}>{t(`key.${standing(row)}`)}</Tone>, width: 140 },
      { id: "created", header: t("keys.created"), value: (row) => row.created_at, cell: (row) => day(row.created_at), width: 125 },
      { id: "used", header: t("keys.used"), value: (row) => row.used_at, cell: (row) => at(row.used_at), width: 190 },
      { id: "until", header: t("keys.until"), value: (row) => row.expires_at, cell: (row) => day(row.expires_at), width: 125 },
      {
        id: "deed",
        header: t("keys.deed"),
        value: () => null,
        cell: (row) =>
          row.revoked_at ? null : (
            <Button size="compact-sm" variant="default" className="danger-button" onClick={() => setRevoking(row)} aria-label={t("keys.revokeThis", { name: row.name || row.owner })}>
              {t("keys.revoke")}
            </Button>
          ),
        width: 120,
      },
    ];
  }, [t, i18n.language]);
  if (found.isPending) return <Loading />;
  if (found.error) return <Failure error={found.error} retry={() => void found.refetch()} />;
  const make = (
    <Button size="xs" onClick={() => setMaking(true)}>
      {t("keys.make")}
    </Button>
  );
  return (
    <>
      {found.data.length === 0 && !search.revoked ? (
        <Empty title={t("keys.nothing")} action={make}>
          {t("keys.nothingText")}
        </Empty>
      ) : (
        <DataTable
          label={t("tab.keys")}
          file="api-keys"
          columns={columns}
          rows={found.data}
          id={(row) => row.id}
          tools={
            <>
              {make}
              <Checkbox
                size="xs"
                label={t("keys.revokedToo")}
                checked={search.revoked ?? false}
                onChange={(event) => choose({ revoked: event.currentTarget.checked || undefined })}
              />
            </>
          }
        />
      )}
      {making && <MakeDialog onClose={() => setMaking(false)} onMade={setMade} />}
      {made && (
        <OnceDialog
          title={t("keys.made", { name: made.key.name })}
          text={t("keys.madeText", { owner: made.key.owner_name })}
          label={t("keys.secret")}
          secret={made.secret}
          onClose={() => setMade(null)}
        />
      )}
      {revoking && <RevokeDialog known={revoking} onClose={() => setRevoking(null)} />}
    </>
  );
}

function RevokeDialog({ known, onClose }: { known: ApiKeyRow; onClose: () => void }) {
  const { t } = useTranslation("admin");
  const client = useQueryClient();
  const carryOut = async (reason: string) => {
    await take(api.POST("/api-keys/{key_id}/revoke", { params: { path: { key_id: known.id } }, body: { reason } }));
    await client.invalidateQueries({ queryKey: keys.admin.all });
  };
  return (
    <ReasonDialog
      title={`${t("keys.revoke")}: ${known.name || known.owner_name}`}
      text={t("keys.revokeText", { owner: known.owner_name })}
      deed={t("keys.revoke")}
      danger
      carryOut={carryOut}
      onClose={onClose}
    />
  );
}

function MakeDialog({ onClose, onMade }: { onClose: () => void; onMade: (made: Made) => void }) {
  const { t } = useTranslation("admin");
  const client = useQueryClient();
  const confirmed = useConfirmed();
  const accounts = useQuery(accountsQuery);
  const all = useQuery(apiKeysQuery(true));
  const [form, setForm] = useState({ owner: null as string | null, name: "", until: "" });
  const owners = new Map<string, string>();
  for (const account of accounts.data ?? []) if (account.active) owners.set(account.login, account.name);
  // Services and agents sign in by keys alone: they are known by those they have or had.
  for (const key of all.data ?? []) if (key.owner_active) owners.set(key.owner, key.owner_name);
  const done = useMutation({
    mutationFn: () => {
      // The whole of the last day, by the clock of whoever chooses it.
      const until = form.until ? new Date(`${form.until}T23:59:59`).toISOString() : null;
      return confirmed(() => take(api.POST("/api-keys", { body: { owner: form.owner ?? "", name: form.name, expires_at: until } })));
    },
    onSuccess: (made) => {
      onClose();
      onMade(made);
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.admin.all }),
  });
  return (
    <DeedDialog title={t("keys.make")} deed={t("keys.makeNow")} disabled={!form.owner} done={done} onClose={onClose}>
      <Select
        label={t("keys.owner")}
        description={t("keys.ownerText")}
        data={[...owners].map(([value, label]) => ({ value, label }))}
        value={form.owner}
        onChange={(owner) => setForm({ ...form, owner })}
        searchable
        required
        comboboxProps={{ zIndex: 500 }}
      />
      <TextInput
        label={t("keys.name")}
        description={t("keys.nameText")}
        value={form.name}
        onChange={(event) => setForm({ ...form, name: event.currentTarget.value })}
        maxLength={200}
        required
        data-autofocus
      />
      <TextInput
        type="date"
        label={t("keys.until")}
        description={t("keys.untilText")}
        value={form.until}
        onChange={(event) => setForm({ ...form, until: event.currentTarget.value })}
      />
      <Text size="xs" c="dimmed">
        {t("keys.grantText")}
      </Text>
    </DeedDialog>
  );
}
