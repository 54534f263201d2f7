import { Alert, Button, Code, CopyButton, Group, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Dialog } from "../shell/Dialog";
import { useConfirmed } from "./confirmed";
import { DeedDialog } from "./DeedDialog";

interface ReasonProps {
  title: string;
  text: ReactNode;
  deed: string;
  danger?: boolean;
  /** Without one, nobody is asked why. */
  reasoned?: boolean;
  carryOut: (reason: string) => Promise<unknown>;
  onClose: () => void;
  /** Where closing without having done it is something else. */
  onCancel?: () => void;
}

/** What follows, why it is done, and only then the deed. */
export function ReasonDialog({ title, text, deed, danger, reasoned = true, carryOut, onClose, onCancel = onClose }: ReasonProps) {
  const confirmed = useConfirmed();
  const [reason, setReason] = useState("");
  const done = useMutation({ mutationFn: () => confirmed(() => carryOut(reason)), onSuccess: onClose });
  return (
    <DeedDialog
      title={title}
      reason={reasoned ? { value: reason, onChange: setReason, first: true } : undefined}
      deed={deed}
      danger={danger}
      ready={!reasoned}
      done={done}
      onClose={onCancel}
    >
      <Text size="sm" component="div">
        {text}
      </Text>
    </DeedDialog>
  );
}

interface OnceProps {
  title: string;
  text: ReactNode;
  secret: string;
  label: string;
  onClose: () => void;
}

/** Something that is shown once: closing it by accident would lose it, so only the button does. */
export function OnceDialog({ title, text, secret, label, onClose }: OnceProps) {
  const { t } = useTranslation("admin");
  return (
    <Dialog
      opened
      onClose={onClose}
      title={title}
      size="lg"
      closeOnClickOutside={false}
      closeOnEscape={false}
      withCloseButton={false}
    >
      <Stack>
        <Text size="sm" component="div">
          {text}
        </Text>
        <Code block aria-label={label} style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }} data-secret>
          {secret}
        </Code>
        <Alert variant="outline">{t("once")}</Alert>
        <Group justify="flex-end">
          <CopyButton value={secret}>
            {({ copied, copy }) => (
              <Button variant="default" onClick={copy} data-autofocus>
                {t(copied ? "copied" : "copy")}
              </Button>
            )}
          </CopyButton>
          <Button onClick={onClose}>{t("haveIt")}</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
