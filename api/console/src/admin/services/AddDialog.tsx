import { Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "../../api/client";
import { keys } from "../../api/keys";
import { useConfirmed } from "../confirmed";
import { DeedDialog } from "../DeedDialog";
import { rolesQuery, type Service } from "../queries";
import { LoginField, RolesField } from "../fields";

/** A program that is to call the API. It gets its keys afterwards. */
export default function AddDialog({ onClose, onAdded }: { onClose: () => void; onAdded: (service: Service) => void }) {
  const { t } = useTranslation("services");
  const client = useQueryClient();
  const confirmed = useConfirmed();
  const roles = useQuery(rolesQuery);
  const [form, setForm] = useState({ login: "", name: "", roles: [] as string[], reason: "" });
  const added = useMutation({
    mutationFn: () => confirmed(() => take(api.POST("/service-accounts", { body: { ...form, login: form.login.trim() } }))),
    onSuccess: async (service) => {
      await client.invalidateQueries({ queryKey: keys.admin.services });
      onClose();
      onAdded(service);
    },
  });
  return (
    <DeedDialog
      title={t("add")}
      size="lg"
      reason={{ value: form.reason, onChange: (reason) => setForm({ ...form, reason }) }}
      warning={
        <Text size="xs" c="dimmed">
          {t("grantText")}
        </Text>
      }
      deed={t("addNow")}
      done={added}
      onClose={onClose}
    >
      <LoginField label={t("login")} text={t("loginText")} value={form.login} onChange={(login) => setForm({ ...form, login })} />
      <TextInput
        label={t("name")}
        description={t("nameText")}
        value={form.name}
        onChange={(event) => setForm({ ...form, name: event.currentTarget.value })}
        maxLength={200}
        required
      />
      <RolesField value={form.roles} onChange={(chosen) => setForm({ ...form, roles: chosen })} roles={roles.data ?? []} />
    </DeedDialog>
  );
}
