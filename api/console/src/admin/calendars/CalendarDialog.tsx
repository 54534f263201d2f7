import { Textarea } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "../../api/client";
import { keys } from "../../api/keys";
import classes from "../admin.module.css";
import { useConfirmed } from "../confirmed";
import { DeedDialog } from "../DeedDialog";
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
  return (
    <DeedDialog
      title={t(yaml ? "calendars.edit" : "calendars.add")}
      size="80rem"
      reason={{ value: reason, onChange: setReason, text: t("calendars.reasonText") }}
      deed={t("save")}
      done={saved}
      onClose={onClose}
    >
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
    </DeedDialog>
  );
}
