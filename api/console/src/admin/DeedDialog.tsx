import { Button, Group, Stack, Textarea } from "@mantine/core";
import type { FormEvent, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Failure } from "../states/states";
import { Dialog } from "../shell/Dialog";

interface Reason {
  value: string;
  onChange: (value: string) => void;
  /** What it is kept for, where that is not as usual. */
  text?: string;
  /** Where nothing else is asked for: writing begins here. */
  first?: boolean;
}

interface Props {
  title: string;
  size?: string;
  zIndex?: number;
  /** What is asked for, above why. */
  children: ReactNode;
  /** Without one, nobody is asked why. */
  reason?: Reason;
  /** What follows from it, said last. */
  warning?: ReactNode;
  /** What the button does, in its words. */
  deed: string;
  danger?: boolean;
  disabled?: boolean;
  /** Nothing is asked for: the deed has the focus. */
  ready?: boolean;
  done: { error: unknown; isPending: boolean; mutate: () => void };
  onClose: () => void;
}

/** A dialog that changes something: what is to be, why, what was refused, and the deed or none. */
export function DeedDialog({ title, size, zIndex, children, reason, warning, deed, danger, disabled, ready, done, onClose }: Props) {
  const { t } = useTranslation();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    done.mutate();
  };
  return (
    <Dialog opened onClose={onClose} title={title} size={size} zIndex={zIndex}>
      <form onSubmit={submit}>
        <Stack>
          {children}
          {reason && <ReasonField reason={reason} />}
          {warning}
          {done.error !== null && <Failure error={done.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("action.cancel")}
            </Button>
            <Button
              type="submit"
              loading={done.isPending}
              disabled={disabled}
              color={danger ? "red.9" : undefined}
              data-autofocus={ready || undefined}
            >
              {deed}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

function ReasonField({ reason }: { reason: Reason }) {
  const { t } = useTranslation("admin");
  return (
    <Textarea
      label={t("reason")}
      description={reason.text ?? t("reasonText")}
      value={reason.value}
      onChange={(event) => reason.onChange(event.currentTarget.value)}
      maxLength={4000}
      autosize
      minRows={2}
      required
      data-autofocus={reason.first || undefined}
    />
  );
}
