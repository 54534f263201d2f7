import { Autocomplete, Button, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "../api/client";
import { FORMS } from "../audit/filter";
import { Dialog } from "../shell/Dialog";
import { casesQuery, type Raw } from "./queries";
import { ReplayState, ReportView } from "./ReportView";
import { useReplay } from "./useReplay";
import "./texts";

interface Props {
  pack: string;
  version: string;
  yaml: string;
  parameters: Record<string, Raw>;
  onClose: () => void;
}

const ID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;

/** One case judged again by a version of the rules: what would come out otherwise. */
export default function TryDialog({ pack, version, yaml, parameters, onClose }: Props) {
  const { t } = useTranslation("policies");
  const { t: shared } = useTranslation();
  const cases = useQuery(casesQuery);
  const [typed, setTyped] = useState("");
  const [open, setOpen] = useState(false);
  const { replay, begin } = useReplay();
  const id = ID.exec(typed)?.[0] ?? "";
  const choices = (cases.data?.cases ?? []).map((one) => `${one.title} · ${one.id}`);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!FORMS.case(id) || replay.running) return;
    void begin(() => take(api.POST("/policies/replays", { body: { yaml, parameters, cases: [id] }, parseAs: "stream" })));
  };
  return (
    <Dialog opened onClose={onClose} size="xl" title={t("try.title")}>
      <form onSubmit={submit}>
        <Stack>
          <Text size="sm">{t("try.text", { pack, version })}</Text>
          <Autocomplete
            label={t("try.case")}
            description={t("try.caseHint")}
            data={[...new Set(choices)]}
            value={typed}
            onChange={setTyped}
            limit={8}
            comboboxProps={{ keepMounted: false }}
            dropdownOpened={open && !id}
            onDropdownOpen={() => setOpen(true)}
            onDropdownClose={() => setOpen(false)}
            data-autofocus
            required
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {shared("action.close")}
            </Button>
            <Button type="submit" disabled={!id} loading={replay.running}>
              {t("try.go")}
            </Button>
          </Group>
          <ReplayState replay={replay} />
          {replay.report && (replay.report.verdicts === 0 ? <Text size="sm" role="status">{t("try.nothing")}</Text> : <ReportView report={replay.report} />)}
        </Stack>
      </form>
    </Dialog>
  );
}
