import { Button, Code, Group } from "@mantine/core";
import { useMemo, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { instant } from "../../format/values";
import { Tone, type ToneName } from "../../states/Tone";
import type { Column } from "../../table/columns";
import type { ApiKeyRow } from "../queries";
import { RevokeDialog, RotateDialog, titleOf, type Made } from "./KeyDialogs";
import { keyStanding, type KeyStanding } from "./standing";

const TONES: Record<KeyStanding, ToneName> = { good: "good", unused: "quiet", over: "warning", revoked: "danger", out: "danger" };

interface Wanted {
  /** Whose each key is, where they are of several. */
  owners: boolean;
  onMade: (made: Made) => void;
}

interface KeyColumns {
  columns: Column<ApiKeyRow>[];
  dialogs: ReactNode;
  /** Whether one of the dialogs is open: what lies below must not answer to its keys. */
  asking: boolean;
}

/** What a table shows of API keys, and the dialogs that its buttons open. */
export function useKeyColumns({ owners, onMade }: Wanted): KeyColumns {
  const { t, i18n } = useTranslation("admin");
  const [revoking, setRevoking] = useState<ApiKeyRow | null>(null);
  const [rotating, setRotating] = useState<ApiKeyRow | null>(null);
  const columns = useMemo((): Column<ApiKeyRow>[] => {
    const at = (value: string | null) => (value ? instant(value, i18n.language) : t("none"));
    const day = (value: string | null) => (value ? new Intl.DateTimeFormat(i18n.language, { dateStyle: "medium" }).format(new Date(value)) : t("none"));
    const standing = (row: ApiKeyRow) => keyStanding(row, new Date());
    const owner: Column<ApiKeyRow> = { id: "owner", header: t("keys.owner"), value: (row) => row.owner_name, width: 140 };
    const created: Column<ApiKeyRow> = { id: "created", header: t("keys.created"), value: (row) => row.created_at, cell: (row) => day(row.created_at), width: 125 };
    return [
      // There is room for one of the two.
      ...(owners ? [owner] : []),
      { id: "name", header: t("keys.name"), value: (row) => row.name || t("keys.first"), grow: true, width: 130 },
      { id: "prefix", header: t("keys.prefix"), value: (row) => row.prefix, cell: (row) => (row.prefix ? <Code>{row.prefix}…</Code> : t("none")), width: 165 },
      { id: "standing", header: t("keys.standing"), value: (row) => t(`key.${standing(row)}`), cell: (row) => <Tone tone={TONES[standing(row)]}>{t(`key.${standing(row)}`)}</Tone>, width: 125 },
      ...(owners ? [] : [created]),
      { id: "used", header: t("keys.used"), value: (row) => row.used_at, cell: (row) => at(row.used_at), width: 170 },
      { id: "until", header: t("keys.until"), value: (row) => row.expires_at, cell: (row) => day(row.expires_at), width: 120 },
      {
        id: "deed",
        header: t("keys.deed"),
        value: () => null,
        cell: (row) => {
          const now = standing(row);
          if (now === "revoked") return null;
          return (
            <Group gap={6} wrap="nowrap">
              {(now === "good" || now === "unused") && (
                <Button size="compact-sm" variant="default" onClick={() => setRotating(row)} aria-label={t("keys.rotateThis", { name: titleOf(row) })}>
                  {t("keys.rotate")}
                </Button>
              )}
              <Button size="compact-sm" variant="default" className="danger-button" onClick={() => setRevoking(row)} aria-label={t("keys.revokeThis", { name: row.name || row.owner })}>
                {t("keys.revoke")}
              </Button>
            </Group>
          );
        },
        width: 190,
      },
    ];
  }, [t, i18n.language, owners]);
  const dialogs = (
    <>
      {revoking && <RevokeDialog known={revoking} onClose={() => setRevoking(null)} />}
      {rotating && <RotateDialog known={rotating} onClose={() => setRotating(null)} onMade={onMade} />}
    </>
  );
  return { columns, dialogs, asking: revoking !== null || rotating !== null };
}
