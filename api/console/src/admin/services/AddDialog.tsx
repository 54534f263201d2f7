import { Button, Group, Modal, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "../../api/client";
import { keys } from "../../api/keys";
import { Failure } from "../../states/states";
import { useConfirmed } from "../confirmed";
import { rolesQuery, type Service } from "../queries";
import { RolesField } from "../users/InviteDialog";

/** A program that is to call the API. It gets its keys afterwards. */
export default function AddDialog({ onClose, onAdded }: { onClose: () => void; onAdded: (service: Service) => void }) {
  const { t } = useTranslation("services");
  const { t: admin } = useTranslation("admin");
  const { t: common } = useTranslation();
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
  const submit = (event: FormEvent) => {
    event.preventDefault();
    added.mutate();
  };
  return (
    <Modal opened onClose={onClose} title={t("add")} size="lg" closeButtonProps={{ "aria-label": common("action.close") }}>
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label={t("login")}
            description={t("loginText")}
            value={form.login}
            onChange={(event) => setForm({ ...form, login: event.currentTarget.value })}
            autoCapitalize="none"
            spellCheck={false}
            maxLength={64}
            required
            data-autofocus
          />
          <TextInput
            label={t("name")}
            description={t("nameText")}
            value={form.name}
            onChange={(event) => setForm({ ...form, name: event.currentTarget.value })}
            maxLength={200}
            required
          />
          <RolesField value={form.roles} onChange={(chosen) => setForm({ ...form, roles: chosen })} roles={roles.data ?? []} />
          <Textarea
            label={admin("reason")}
            description={admin("reasonText")}
            value={form.reason}
            onChange={(event) => setForm({ ...form, reason: event.currentTarget.value })}
            maxLength={4000}
            autosize
            minRows={2}
            required
          />
          <Text size="xs" c="dimmed">
            {t("grantText")}
          </Text>
          {added.error && <Failure error={added.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {common("action.cancel")}
            </Button>
            <Button type="submit" loading={added.isPending}>
              {t("addNow")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
