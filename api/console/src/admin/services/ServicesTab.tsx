import { Button, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { instant } from "../../format/values";
import { announce } from "../../shell/announcer";
import { Empty, Failure, Loading } from "../../states/states";
import { Tone } from "../../states/Tone";
import type { Column } from "../../table/columns";
import { DataTable } from "../../table/DataTable";
import { useAdminSearch } from "../AdminPage";
import { keysInUse } from "../keys/standing";
import { apiKeysQuery, servicesQuery, type ApiKeyRow, type Service } from "../queries";
import "./texts";

const AddDialog = lazy(() => import("./AddDialog"));
const ServiceDialog = lazy(() => import("./ServiceDialog"));

/** Programs that call the API: what each may do, and whether its keys are used. */
export default function ServicesTab() {
  const { t, i18n } = useTranslation("services");
  const { t: admin } = useTranslation("admin");
  const [search, choose] = useAdminSearch();
  const services = useQuery(servicesQuery);
  const known = useQuery(apiKeysQuery(true));
  const [adding, setAdding] = useState(false);
  const words = search.words ?? "";
  const rows = useMemo(() => (services.data ?? []).filter((service) => fits(service, words)), [services.data, words]);
  const columns = useMemo((): Column<Service>[] => {
    const now = new Date();
    const of = (service: Service) => keysInUse(keysOf(known.data ?? [], service), now);
    const used = (service: Service) => of(service).usedAt;
    const at = (value: string | null) => (value ? instant(value, i18n.language) : admin("none"));
    return [
      { id: "login", header: t("login"), value: (row) => row.login, width: 150, cell: (row) => <Open service={row} onOpen={(login) => choose({ open: login })} /> },
      { id: "name", header: t("name"), value: (row) => row.name, width: 190 },
      { id: "roles", header: t("roles"), value: (row) => row.roles.join(", "), grow: true },
      { id: "standing", header: t("standing"), value: (row) => t(row.active ? "active" : "out"), width: 140, cell: (row) => <Tone tone={row.active ? "good" : "danger"}>{t(row.active ? "active" : "out")}</Tone> },
      { id: "keys", header: t("keys"), value: (row) => of(row).good, numeric: true, width: 90 },
      { id: "used", header: t("used"), value: used, cell: (row) => at(used(row)), width: 190 },
    ];
    // The columns follow language and keys; what opens a row is the same for each.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [t, i18n.language, known.data]);
  const failed = services.error ?? known.error;
  if (failed) return <Failure error={failed} retry={() => void Promise.all([services.refetch(), known.refetch()])} />;
  if (!services.data || !known.data) return <Loading />;
  const open = services.data.find((service) => service.login === search.open);
  const add = (
    <Button size="xs" onClick={() => setAdding(true)}>
      {t("add")}
    </Button>
  );
  const added = (service: Service) => {
    const text = t("added", { name: service.name });
    notifications.show({ message: text, color: "green.9" });
    announce(text);
    choose({ open: service.login });
  };
  return (
    <>
      {services.data.length === 0 ? (
        <Empty title={t("nothing")} action={add}>
          {t("nothingText")}
        </Empty>
      ) : (
        <DataTable
          label={admin("tab.services")}
          file="service-accounts"
          columns={columns}
          rows={rows}
          id={(row) => row.login}
          onOpen={(row) => choose({ open: row.login })}
          tools={
            <>
              <TextInput
                aria-label={t("search")}
                placeholder={t("search")}
                size="xs"
                w={230}
                value={words}
                onChange={(event) => choose({ words: event.currentTarget.value || undefined })}
              />
              {add}
            </>
          }
        />
      )}
      <Suspense fallback={null}>
        {adding && <AddDialog onClose={() => setAdding(false)} onAdded={added} />}
        {open && <ServiceDialog service={open} known={keysOf(known.data, open)} onClose={() => choose({ open: undefined })} />}
      </Suspense>
    </>
  );
}

const keysOf = (known: readonly ApiKeyRow[], service: Service) => known.filter((key) => key.owner === service.login);

function fits(service: Service, words: string): boolean {
  const text = [service.login, service.name, ...service.roles].join(" ").toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function Open({ service, onOpen }: { service: Service; onOpen: (login: string) => void }) {
  return (
    <Button variant="subtle" size="compact-sm" ml={-8} tabIndex={-1} onClick={() => onOpen(service.login)}>
      {service.login}
    </Button>
  );
}
