import { NativeSelect, Select, Text, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { api, take, type Schemas } from "../../api/client";
import { keys } from "../../api/keys";
import { useConfirmed } from "../confirmed";
import { DeedDialog } from "../DeedDialog";
import { OnceDialog, ReasonDialog } from "../Dialogs";
import { accountsQuery, apiKeysQuery, servicesQuery, type ApiKeyRow } from "../queries";
import { endOfDay } from "./standing";

export type Made = Schemas["MadeKeyView"];
const OVERLAPS = [["0", "none"], ["1", "hour"], ["24", "day"], ["168", "week"]] as const;

/** What a key is called where it is spoken of. */
export const titleOf = (key: ApiKeyRow) => key.name || key.owner_name;

/** A key that was made just now: this once. */
export function MadeDialog({ made, onClose }: { made: Made; onClose: () => void }) {
  const { t } = useTranslation("admin");
  return (
    <OnceDialog
      title={t("keys.made", { name: titleOf(made.key) })}
      text={t("keys.madeText", { owner: made.key.owner_name })}
      label={t("keys.secret")}
      secret={made.secret}
      onClose={onClose}
    />
  );
}

export function RevokeDialog({ known, onClose }: { known: ApiKeyRow; onClose: () => void }) {
  const { t } = useTranslation("admin");
  const client = useQueryClient();
  const carryOut = async (reason: string) => {
    await take(api.POST("/api-keys/{key_id}/revoke", { params: { path: { key_id: known.id } }, body: { reason } }));
    await client.invalidateQueries({ queryKey: keys.admin.all });
  };
  return (
    <ReasonDialog
      title={`${t("keys.revoke")}: ${titleOf(known)}`}
      text={t("keys.revokeText", { owner: known.owner_name })}
      deed={t("keys.revoke")}
      danger
      carryOut={carryOut}
      onClose={onClose}
    />
  );
}

interface FormProps {
  title: string;
  deed: string;
  ready: boolean;
  carryOut: () => Promise<Made>;
  onClose: () => void;
  onMade: (made: Made) => void;
  children: ReactNode;
}

/** A form at whose end a key is shown once. */
function KeyForm({ title, deed, ready, carryOut, onClose, onMade, children }: FormProps) {
  const client = useQueryClient();
  const confirmed = useConfirmed();
  const done = useMutation({
    mutationFn: () => confirmed(carryOut),
    onSuccess: (made) => {
      onClose();
      onMade(made);
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.admin.all }),
  });
  return (
    <DeedDialog title={title} zIndex={300} deed={deed} disabled={!ready} done={done} onClose={onClose}>
      {children}
    </DeedDialog>
  );
}

interface MakeProps {
  /** Whose key it is to be, where that is settled. */
  owner?: { login: string; name: string };
  onClose: () => void;
  onMade: (made: Made) => void;
}

export function MakeDialog({ owner: settled, onClose, onMade }: MakeProps) {
  const { t } = useTranslation("admin");
  const [form, setForm] = useState({ owner: settled?.login ?? null, name: "", until: "", reason: "" });
  const carryOut = () =>
    take(
      api.POST("/api-keys", {
        body: { owner: form.owner ?? "", name: form.name, expires_at: endOfDay(form.until), reason: form.reason || null },
      }),
    );
  return (
    <KeyForm
      title={settled ? `${t("keys.make")}: ${settled.name}` : t("keys.make")}
      deed={t("keys.makeNow")}
      ready={form.owner !== null}
      carryOut={carryOut}
      onClose={onClose}
      onMade={onMade}
    >
      {!settled && <OwnerField value={form.owner} onChange={(owner) => setForm({ ...form, owner })} />}
      <TextInput
        label={t("keys.name")}
        description={t("keys.nameText")}
        value={form.name}
        onChange={(event) => setForm({ ...form, name: event.currentTarget.value })}
        maxLength={200}
        required
        data-autofocus
      />
      <UntilField value={form.until} onChange={(until) => setForm({ ...form, until })} />
      <ReasonField value={form.reason} onChange={(reason) => setForm({ ...form, reason })} />
      <Text size="xs" c="dimmed">
        {t("keys.grantText")}
      </Text>
    </KeyForm>
  );
}

/** Another key in the place of one; for a while both are good, so that programs can be changed over. */
export function RotateDialog({ known, onClose, onMade }: { known: ApiKeyRow; onClose: () => void; onMade: (made: Made) => void }) {
  const { t } = useTranslation("admin");
  const [form, setForm] = useState({ reason: "", until: "", overlap: "24" });
  const carryOut = () => {
    const body = { reason: form.reason, expires_at: endOfDay(form.until), overlap_hours: Number(form.overlap) };
    return take(api.POST("/api-keys/{key_id}/rotate", { params: { path: { key_id: known.id } }, body }));
  };
  return (
    <KeyForm
      title={`${t("keys.rotate")}: ${titleOf(known)}`}
      deed={t("keys.rotate")}
      ready={form.reason.trim() !== ""}
      carryOut={carryOut}
      onClose={onClose}
      onMade={onMade}
    >
      <Text size="sm">{t("keys.rotateText", { owner: known.owner_name })}</Text>
      <ReasonField value={form.reason} onChange={(reason) => setForm({ ...form, reason })} required />
      <NativeSelect
        label={t("keys.overlap")}
        description={t("keys.overlapText")}
        value={form.overlap}
        onChange={(event) => setForm({ ...form, overlap: event.currentTarget.value })}
        data={OVERLAPS.map(([value, length]) => ({ value, label: t(`keys.overlaps.${length}`) }))}
      />
      <UntilField value={form.until} onChange={(until) => setForm({ ...form, until })} />
    </KeyForm>
  );
}

function OwnerField({ value, onChange }: { value: string | null; onChange: (owner: string | null) => void }) {
  const { t } = useTranslation("admin");
  const accounts = useQuery(accountsQuery);
  const services = useQuery(servicesQuery);
  const all = useQuery(apiKeysQuery(true));
  const owners = new Map<string, string>();
  for (const one of [...(accounts.data ?? []), ...(services.data ?? [])]) if (one.active) owners.set(one.login, one.name);
  // Agents are known by the keys that they have or had.
  for (const key of all.data ?? []) if (key.owner_active) owners.set(key.owner, key.owner_name);
  return (
    <Select
      label={t("keys.owner")}
      description={t("keys.ownerText")}
      data={[...owners].map(([login, label]) => ({ value: login, label }))}
      value={value}
      onChange={onChange}
      searchable
      required
      comboboxProps={{ zIndex: 500 }}
    />
  );
}

function UntilField({ value, onChange }: { value: string; onChange: (until: string) => void }) {
  const { t } = useTranslation("admin");
  return (
    <TextInput
      type="date"
      label={t("keys.until")}
      description={t("keys.untilText")}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

function ReasonField({ value, onChange, required }: { value: string; onChange: (reason: string) => void; required?: boolean }) {
  const { t } = useTranslation("admin");
  return (
    <Textarea
      label={t("reason")}
      description={t("reasonText")}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      maxLength={4000}
      autosize
      minRows={2}
      required={required}
      data-autofocus={required || undefined}
    />
  );
}
