import { Button, PasswordInput, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { Failure } from "../states/states";
import { Dialog } from "../shell/Dialog";
import { providerQuery } from "./provider";
import "./providerTexts";
import { askSession, signIn, useWhoami } from "./session";

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
    <Dialog
      opened
      onClose={() => {}}
      withCloseButton={false}
      closeOnClickOutside={false}
      closeOnEscape={false}
      title={t("session.over")}
      zIndex={400}
    >
      {who.by_provider && <ByProvider />}
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          {!who.by_provider && <Text size="sm">{t("session.overText", { name: who.name })}</Text>}
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
    </Dialog>
  );
}

/** Whoever came by the identity provider signs in beside this page, which stays as it is. */
function ByProvider() {
  const { t } = useTranslation("provider");
  const { t: common } = useTranslation();
  const who = useWhoami();
  const title = useQuery(providerQuery).data?.title ?? "";
  const [waits, setWaits] = useState(false);
  const goOn = async () => {
    // Not through the client: it would wait for this very dialog.
    const signedIn = (await fetch("/session")).ok;
    setWaits(!signedIn);
    if (signedIn) await askSession();
  };
  return (
    <Stack mb="md">
      <Text size="sm">{common("session.overText", { name: who.name })}</Text>
      <Button component="a" href="/console/sign-in" target="_blank" rel="noopener">
        {t("otherTab", { title })}
      </Button>
      <Button variant="default" onClick={() => void goOn()}>
        {t("back")}
      </Button>
      {waits && (
        <Text size="sm" role="alert">
          {t("notYet")}
        </Text>
      )}
    </Stack>
  );
}
