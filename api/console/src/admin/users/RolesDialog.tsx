import { Button, Group, Modal, Stack, Textarea } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "../../api/client";
import { keys } from "../../api/keys";
import { Failure } from "../../states/states";
import { useConfirmed } from "../confirmed";
import { rolesQuery, type Account } from "../queries";
import { RolesField } from "./InviteDialog";

/** The roles that somebody is to have, all of them, and why. */
export default function RolesDialog({ account, onClose }: { account: Account; onClose: () => void }) {
  const { t } = useTranslation("admin");
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const confirmed = useConfirmed();
  const roles = useQuery(rolesQuery);
  const [chosen, setChosen] = useState([...account.roles]);
  const [reason, setReason] = useState("");
  const set = useMutation({
    mutationFn: () =>
      confirmed(() => take(api.PUT("/accounts/{login}/roles", { params: { path: { login: account.login } }, body: { roles: chosen, reason } }))),
    onSuccess: onClose,
    onSettled: () => client.invalidateQueries({ queryKey: keys.admin.all }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    set.mutate();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={`${t("users.setRoles")}: ${account.name}`}
      size="lg"
      zIndex={300}
      closeButtonProps={{ "aria-label": common("action.close") }}
    >
      <form onSubmit={submit}>
        <Stack>
          <RolesField value={chosen} onChange={setChosen} roles={roles.data ?? []} />
          <Textarea
            label={t("reason")}
            description={t("reasonText")}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            maxLength={4000}
            autosize
            minRows={2}
            required
          />
          {set.error && <Failure error={set.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {common("action.cancel")}
            </Button>
            <Button type="submit" loading={set.isPending}>
              {t("save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
