import { Button, Checkbox } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Empty, Failure, Loading } from "../../states/states";
import { DataTable } from "../../table/DataTable";
import { useAdminSearch } from "../AdminPage";
import { apiKeysQuery } from "../queries";
import { MadeDialog, MakeDialog, type Made } from "./KeyDialogs";
import { useKeyColumns } from "./useKeyColumns";

/** API keys: whose they are, what for, and when they were last used. */
export default function KeysTab() {
  const { t } = useTranslation("admin");
  const [search, choose] = useAdminSearch();
  const found = useQuery(apiKeysQuery(search.revoked ?? false));
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<Made | null>(null);
  const { columns, dialogs } = useKeyColumns({ owners: true, onMade: setMade });
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
      {made && <MadeDialog made={made} onClose={() => setMade(null)} />}
      {dialogs}
    </>
  );
}
