import { Button, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Empty, Failure, Loading } from "../../states/states";
import { Tone } from "../../states/Tone";
import type { Column } from "../../table/columns";
import { DataTable } from "../../table/DataTable";
import { useAdminSearch } from "../AdminPage";
import { accountsQuery, type Account } from "../queries";
import type { Given } from "./given";
import { fits, standingOf, TONES } from "./standing";

const InviteDialog = lazy(() => import("./InviteDialog"));
const UserDialog = lazy(() => import("./UserDialog"));
const GivenDialog = lazy(() => import("./GivenDialog"));

/** Everybody who signs in or could. */
export default function UsersTab() {
  const { t } = useTranslation("admin");
  const [search, choose] = useAdminSearch();
  const accounts = useQuery(accountsQuery);
  const [inviting, setInviting] = useState(false);
  const [given, setGiven] = useState<Given | null>(null);
  const words = search.words ?? "";
  const rows = useMemo(() => (accounts.data ?? []).filter((account) => fits(account, words)), [accounts.data, words]);
  const columns = useMemo(
    (): Column<Account>[] => [
      { id: "login", header: t("users.login"), value: (row) => row.login, width: 130, cell: (row) => <Open account={row} onOpen={(login) => choose({ open: login })} /> },
      { id: "name", header: t("users.name"), value: (row) => row.name, width: 160 },
      { id: "roles", header: t("users.roles"), value: (row) => row.roles.join(", "), grow: true },
      {
        id: "standing",
        header: t("users.standing"),
        value: (row) => t(`standing.${standingOf(row)}`),
        width: 150,
        cell: (row) => <Tone tone={TONES[standingOf(row)]}>{t(`standing.${standingOf(row)}`)}</Tone>,
      },
      { id: "by", header: t("users.by"), value: (row) => ways(row).map((way) => t(`way.${way}`)).join(", ") || t("none"), width: 150 },
      { id: "email", header: t("users.email"), value: (row) => row.email, width: 170 },
    ],
    // The columns follow the language; what opens a row is the same for each.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
    [t],
  );
  if (accounts.isPending) return <Loading />;
  if (accounts.error) return <Failure error={accounts.error} retry={() => void accounts.refetch()} />;
  const open = accounts.data.find((account) => account.login === search.open);
  return (
    <>
      {rows.length === 0 && words === "" ? (
        <Empty title={t("users.nobody")} action={<Button onClick={() => setInviting(true)}>{t("users.invite")}</Button>}>
          {t("users.nobodyText")}
        </Empty>
      ) : (
        <DataTable
          label={t("tab.users")}
          file="users"
          columns={columns}
          rows={rows}
          id={(row) => row.login}
          onOpen={(row) => choose({ open: row.login })}
          tools={
            <>
              <TextInput
                aria-label={t("users.search")}
                placeholder={t("users.search")}
                size="xs"
                w={230}
                value={words}
                onChange={(event) => choose({ words: event.currentTarget.value || undefined })}
              />
              <Button size="xs" onClick={() => setInviting(true)}>
                {t("users.invite")}
              </Button>
            </>
          }
        />
      )}
      <Suspense fallback={null}>
        {inviting && <InviteDialog onClose={() => setInviting(false)} onGiven={setGiven} />}
        {open && <UserDialog account={open} onClose={() => choose({ open: undefined })} onGiven={setGiven} />}
        {given && <GivenDialog given={given} onClose={() => setGiven(null)} />}
      </Suspense>
    </>
  );
}

function ways(account: Account): ("password" | "provider")[] {
  return [...(account.password_set_at ? (["password"] as const) : []), ...(account.providers.length > 0 ? (["provider"] as const) : [])];
}

function Open({ account, onOpen }: { account: Account; onOpen: (login: string) => void }) {
  return (
    <Button variant="subtle" size="compact-sm" ml={-8} tabIndex={-1} onClick={() => onOpen(account.login)}>
      {account.login}
    </Button>
  );
}
