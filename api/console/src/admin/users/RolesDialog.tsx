import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "../../api/client";
import { keys } from "../../api/keys";
import { useConfirmed } from "../confirmed";
import { DeedDialog } from "../DeedDialog";
import { rolesQuery, type Account } from "../queries";
import { RolesField } from "../fields";

/** The roles that somebody is to have, all of them, and why. */
export default function RolesDialog({ account, onClose }: { account: Account; onClose: () => void }) {
  const { t } = useTranslation("admin");
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
  return (
    <DeedDialog
      title={`${t("users.setRoles")}: ${account.name}`}
      size="lg"
      zIndex={300}
      reason={{ value: reason, onChange: setReason }}
      deed={t("save")}
      done={set}
      onClose={onClose}
    >
      <RolesField value={chosen} onChange={setChosen} roles={roles.data ?? []} />
    </DeedDialog>
  );
}
