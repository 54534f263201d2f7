import { Button, Modal, PasswordInput, Stack, Text } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { Failure } from "../states/states";
import { signIn, useWhoami } from "./session";

/** The session is over: sign in over the page, which stays as it is, and go on with what was asked. */
export default function SessionDialog() {
  const { t } = useTranslation();
  const who = useWhoami();
  const [password, setPassword] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await signIn(who.login, password, who.tenant);
    } catch (refused) {
      setError(refused);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal
      opened
      onClose={() => {}}
      withCloseButton={false}
      closeOnClickOutside={false}
      closeOnEscape={false}
      title={t("session.over")}
      zIndex={400}
    >
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <Text size="sm">{t("session.overText", { name: who.name })}</Text>
          <input type="text" name="username" autoComplete="username" value={who.login} readOnly hidden />
          <PasswordInput
            label={t("session.password")}
            autoComplete="current-password"
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            visibilityToggleButtonProps={{ "aria-label": t("session.showPassword") }}
            data-autofocus
            required
          />
          {error !== null && <Failure error={error} />}
          <Button type="submit" loading={busy}>
            {t("session.goOn")}
          </Button>
          <Button variant="subtle" component="a" href="/console/sign-in">
            {t("session.somebodyElse")}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
