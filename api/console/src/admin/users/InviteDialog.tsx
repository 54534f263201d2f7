import { Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "../../api/client";
import { keys } from "../../api/keys";
import { useConfirmed } from "../confirmed";
import { DeedDialog } from "../DeedDialog";
import { LoginField, RolesField } from "../fields";
import { rolesQuery } from "../queries";
import type { Given } from "./given";

/** A person who is to be able to sign in; what lets them in is shown once, afterwards. */
export default function InviteDialog({ onClose, onGiven }: { onClose: () => void; onGiven: (given: Given) => void }) {
  const { t } = useTranslation("admin");
  const client = useQueryClient();
  const confirmed = useConfirmed();
  const roles = useQuery(rolesQuery);
  const [form, setForm] = useState({ login: "", name: "", email: "", roles: [] as string[] });
  const added = useMutation({
    mutationFn: () =>
      confirmed(() => take(api.POST("/accounts", { body: { ...form, login: form.login.trim(), email: form.email.trim() || null } }))),
    onSuccess: (given) => {
      onClose();
      onGiven(given);
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.admin.all }),
  });
  return (
    <DeedDialog title={t("users.invite")} size="lg" deed={t("users.inviteNow")} done={added} onClose={onClose}>
      <LoginField
        label={t("users.login")}
        text={t("users.loginText")}
        value={form.login}
        onChange={(login) => setForm({ ...form, login })}
      />
      <TextInput
        label={t("users.name")}
        value={form.name}
        onChange={(event) => setForm({ ...form, name: event.currentTarget.value })}
        maxLength={200}
        required
      />
      <TextInput
        label={t("users.email")}
        description={t("users.emailText")}
        type="email"
        value={form.email}
        onChange={(event) => setForm({ ...form, email: event.currentTarget.value })}
        maxLength={254}
      />
      <RolesField value={form.roles} onChange={(chosen) => setForm({ ...form, roles: chosen })} roles={roles.data ?? []} />
      <Text size="xs" c="dimmed">
        {t("users.grantText")}
      </Text>
    </DeedDialog>
  );
}
