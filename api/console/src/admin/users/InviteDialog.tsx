import { MultiSelect, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "../../api/client";
import { keys } from "../../api/keys";
import { useConfirmed } from "../confirmed";
import { DeedDialog } from "../DeedDialog";
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

interface RolesFieldProps {
  value: string[];
  onChange: (value: string[]) => void;
  roles: readonly { name: string; title: string; state: string }[];
}

/** Roles that there are. */
export function RolesField({ value, onChange, roles }: RolesFieldProps) {
  const { t } = useTranslation("admin");
  const there = roles.filter((role) => role.state !== "absent").map((role) => ({ value: role.name, label: role.title }));
  const known = [...there, ...value.filter((name) => !there.some((role) => role.value === name)).map((name) => ({ value: name, label: name }))];
  return (
    <MultiSelect
      label={t("users.roles")}
      data={known}
      value={value}
      onChange={onChange}
      searchable
      hidePickedOptions
      clearButtonProps={{ "aria-label": t("clear") }}
      comboboxProps={{ zIndex: 500 }}
    />
  );
}

interface LoginProps {
  label: string;
  text: string;
  value: string;
  onChange: (login: string) => void;
}

/** What somebody or something signs in as; a dialog that adds one begins here. */
export function LoginField({ label, text, value, onChange }: LoginProps) {
  return (
    <TextInput
      label={label}
      description={text}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      autoCapitalize="none"
      spellCheck={false}
      maxLength={64}
      required
      data-autofocus
    />
  );
}
