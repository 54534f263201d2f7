import { Alert, Button, Checkbox, Code, Group, SegmentedControl, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "../api/client";
import { Failure } from "../states/states";
import { save } from "../table/export";
import { Dialog } from "../shell/Dialog";
import { FORMS, span } from "./filter";
import { keyQuery } from "./queries";
import "./texts";

interface Props {
  caseId: string;
  from: string;
  to: string;
  onClose: () => void;
}

function keep(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  Object.assign(document.createElement("a"), { href: address, download: name }).click();
  URL.revokeObjectURL(address);
}

/** A dossier of a case or a period as a file, with what is needed to verify it elsewhere. */
export default function DossierDialog({ caseId, from, to, onClose }: Props) {
  const { t } = useTranslation("audit");
  const { t: shared } = useTranslation();
  const [about, setAbout] = useState<"case" | "period">(!caseId && from ? "period" : "case");
  const [id, setId] = useState(caseId);
  const [days, setDays] = useState({ from, to });
  const [whole, setWhole] = useState(true);
  const key = useQuery(keyQuery);
  const ready = about === "case" ? FORMS.case(id.trim()) : FORMS.from(days.from) && FORMS.to(days.to) && days.from <= days.to;
  const name = about === "case" ? `dossier-${id.trim()}` : `dossier-${days.from}-${days.to}`;
  const made = useMutation({
    mutationFn: async () => {
      const found =
        about === "case"
          ? await take(
              api.GET("/cases/{case_id}/dossier", {
                params: { path: { case_id: id.trim() }, query: { whole } },
                parseAs: "blob",
              }),
            )
          : await take(api.GET("/audit/export", { params: { query: span(days) }, parseAs: "blob" }));
      keep(`${name}.zip`, found);
      await key.refetch();
      return { name: `${name}.zip`, size: Math.ceil(found.size / 1024) };
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready && !made.isPending) made.mutate();
  };
  return (
    <Dialog opened onClose={onClose} size="lg" title={t("dossier.title")}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <Text size="sm">{t("dossier.text")}</Text>
          <SegmentedControl
            aria-label={t("dossier.about")}
            value={about}
            onChange={(value) => setAbout(value as "case" | "period")}
            data={[
              { value: "case", label: t("dossier.case") },
              { value: "period", label: t("dossier.period") },
            ]}
          />
          {about === "case" ? (
            <>
              <TextInput
                label={t("dossier.caseId")}
                value={id}
                onChange={(event) => setId(event.currentTarget.value)}
                data-autofocus={caseId ? undefined : true}
                required
              />
              <Checkbox
                label={t("dossier.whole")}
                description={t("dossier.wholeText")}
                checked={whole}
                onChange={(event) => setWhole(event.currentTarget.checked)}
              />
            </>
          ) : (
            <Group>
              <TextInput type="date" label={t("dossier.from")} value={days.from} onChange={(event) => setDays({ ...days, from: event.currentTarget.value })} required />
              <TextInput type="date" label={t("dossier.to")} value={days.to} onChange={(event) => setDays({ ...days, to: event.currentTarget.value })} required />
            </Group>
          )}
          {made.error && <Failure error={made.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {shared("action.close")}
            </Button>
            <Button type="submit" loading={made.isPending} disabled={!ready} data-autofocus={caseId ? true : undefined}>
              {t("dossier.make")}
            </Button>
          </Group>
          <div role="status">
            {made.data && (
              <Alert color="green.9" variant="outline" p="xs">
                {t("dossier.made", made.data)}
              </Alert>
            )}
          </div>
          <section>
            <Title order={3} size="sm">
              {t("dossier.how")}
            </Title>
            <Text size="sm">{t("dossier.howText")}</Text>
            <Code block my={6}>
              {`unzip ${name}.zip -d dossier\ninterlock-verify dossier --key key.txt --checkpoint newest.checkpoint`}
            </Code>
            <Group gap="xs">
              <Button
                size="xs"
                variant="default"
                disabled={!key.data}
                onClick={() => key.data && save("key.txt", "text/plain", `${key.data.key}\n`)}
              >
                {t("dossier.saveKey")}
              </Button>
              <Button
                size="xs"
                variant="default"
                disabled={!key.data?.checkpoint}
                onClick={() => key.data?.checkpoint && save("newest.checkpoint", "text/plain", key.data.checkpoint)}
              >
                {t("dossier.saveCheckpoint")}
              </Button>
            </Group>
            <Text size="xs" c="dimmed" mt={6}>
              {t("dossier.keyText")}
            </Text>
          </section>
        </Stack>
      </form>
    </Dialog>
  );
}
