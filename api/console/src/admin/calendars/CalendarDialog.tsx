import { Button, Group, Modal, Stack, Textarea } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "../../api/client";
import { keys } from "../../api/keys";
import { Failure } from "../../states/states";
import classes from "../admin.module.css";
import { useConfirmed } from "../confirmed";
import { Days } from "./Days";

const FIRST = `calendar: office
zone: Europe/Vienna
weeks:
  - hours:
      monday: ["08:00-12:00", "13:00-17:00"]
      tuesday: ["08:00-12:00", "13:00-17:00"]
      wednesday: ["08:00-12:00", "13:00-17:00"]
      thursday: ["08:00-12:00", "13:00-17:00"]
      friday: ["08:00-13:00"]
`;

/** A calendar as text, and beside it the weeks that follow; nothing counts before it is saved. */
export default function CalendarDialog({ yaml, onClose }: { yaml: string; onClose: () => void }) {
  const { t } = useTranslation("admin");
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const confirmed = useConfirmed();
  const [text, setText] = useState(yaml || FIRST);
  const [reason, setReason] = useState("");
  const [settled] = useDebouncedValue(text, 400);
  const saved = useMutation({
    mutationFn: () => confirmed(() => take(api.PUT("/calendars", { body: { yaml: text, reason } }))),
    onSuccess: onClose,
    onSettled: () => client.invalidateQueries({ queryKey: keys.admin.calendars }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    saved.mutate();
  };
  return (
    <Modal opened onClose={onClose} title={t(yaml ? "calendars.edit" : "calendars.add")} size="80rem" closeButtonProps={{ "aria-label": common("action.close") }}>
      <form onSubmit={submit}>
        <Stack>
          <div className={classes.editor}>
            <Textarea
              className={classes.yaml}
              label={t("calendars.source")}
              description={t("calendars.sourceText")}
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
              rows={22}
              spellCheck={false}
              required
              data-autofocus
            />
            <Days yaml={settled} />
          </div>
          <Textarea
            label={t("reason")}
            description={t("calendars.reasonText")}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            maxLength={4000}
            autosize
            minRows={2}
            required
          />
          {saved.error && <Failure error={saved.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {common("action.cancel")}
            </Button>
            <Button type="submit" loading={saved.isPending}>
              {t("save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
