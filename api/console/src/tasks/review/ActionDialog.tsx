import { Button, Group, Stack, Text, Textarea } from "@mantine/core";
import { useState, type FormEvent, type KeyboardEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Failure } from "../../states/states";
import { Dialog } from "../../shell/Dialog";
import { PersonField } from "./PersonField";

export interface ActionWanted {
  title: string;
  confirm: string;
  /** What it does, before it is done. */
  text?: ReactNode;
  reason: "required" | "optional" | "none";
  person?: { task: string };
  danger?: boolean;
}

export interface ActionGiven {
  reason: string;
  person: string;
}

interface Props {
  wanted: ActionWanted;
  error: unknown;
  busy: boolean;
  onConfirm: (given: ActionGiven) => void;
  onClose: () => void;
}

/** One question before something is done: what it does, why, and to whom. `Ctrl Enter` confirms from a text, too. */
export function ActionDialog({ wanted, error, busy, onConfirm, onClose }: Props) {
  const { t } = useTranslation();
  const [reason, setReason] = useState("");
  const [person, setPerson] = useState<string | null>(null);
  const ready = (wanted.reason !== "required" || reason.trim() !== "") && (!wanted.person || person !== null);
  const confirm = () => ready && !busy && onConfirm({ reason: reason.trim(), person: person ?? "" });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    confirm();
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      confirm();
    }
  };
  const asksText = wanted.reason === "required";
  return (
    <Dialog opened onClose={onClose} title={wanted.title}>
      <form onSubmit={submit} onKeyDown={pressed}>
        <Stack>
          {wanted.text && <Text size="sm">{wanted.text}</Text>}
          {wanted.person && <PersonField task={wanted.person.task} purpose="hand" value={person} onChange={setPerson} />}
          {wanted.reason !== "none" && (
            <Textarea
              label={t(asksText ? "review.reason" : "review.reasonOptional")}
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
              required={asksText}
              maxLength={4000}
              autosize
              minRows={2}
              data-autofocus={asksText && !wanted.person ? true : undefined}
            />
          )}
          {error !== null && error !== undefined && <Failure error={error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("action.cancel")}
            </Button>
            <Button
              type="submit"
              loading={busy}
              disabled={!ready}
              color={wanted.danger ? "red.9" : undefined}
              data-autofocus={!asksText && !wanted.person ? true : undefined}
            >
              {wanted.confirm}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
