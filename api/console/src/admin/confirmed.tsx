import { Button, Group, PasswordInput, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { createContext, useCallback, useContext, useRef, useState, type FormEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "../api/client";
import { ProblemError } from "../api/problem";
import { proveAnew, providerQuery } from "../session/provider";
import { ProviderButton } from "../session/ProviderButton";
import "../session/providerTexts";
import { useWhoami } from "../session/session";
import { sessionStore } from "../session/store";
import { Failure } from "../states/states";
import { Dialog } from "../shell/Dialog";

type Confirmed = <T>(deed: () => Promise<T>) => Promise<T>;
const Context = createContext<Confirmed>((deed) => deed());

/** Do something that may need the password again: then it is asked for, and what was asked goes on. */
export const useConfirmed = (): Confirmed => useContext(Context);

interface Waiting {
  goOn: () => void;
  giveUp: () => void;
}

export function ConfirmProvider({ children }: { children: ReactNode }) {
  const [asking, setAsking] = useState(false);
  const waiting = useRef<Waiting | null>(null);
  const confirmed = useCallback(async <T,>(deed: () => Promise<T>): Promise<T> => {
    try {
      return await deed();
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== "confirmation_needed") throw error;
      await new Promise<void>((goOn, fail) => {
        waiting.current = { goOn, giveUp: () => fail(error) };
        setAsking(true);
      });
      return deed();
    }
  }, []);
  const close = (proven: boolean) => {
    setAsking(false);
    if (proven) waiting.current?.goOn();
    else waiting.current?.giveUp();
    waiting.current = null;
  };
  return (
    <Context.Provider value={confirmed}>
      {children}
      {asking && <ConfirmDialog onClose={close} />}
    </Context.Provider>
  );
}

function ConfirmDialog({ onClose }: { onClose: (proven: boolean) => void }) {
  const { t } = useTranslation("admin");
  const who = useWhoami();
  return (
    <Dialog
      opened
      onClose={() => onClose(false)}
      title={t("confirm.title")}
      zIndex={420}
    >
      {who.by_provider ? <ByProvider /> : <ByPassword onClose={onClose} />}
    </Dialog>
  );
}

function ByProvider() {
  const { t } = useTranslation("admin");
  const { t: ofProvider } = useTranslation("provider");
  const title = useQuery(providerQuery).data?.title ?? "";
  const here = `${window.location.pathname.replace(/^\/console/, "")}${window.location.search}`;
  return (
    <Stack>
      <Text size="sm">{t("confirm.textProvider")}</Text>
      <ProviderButton primary label={ofProvider("again", { title })} leave={() => proveAnew(here)} />
    </Stack>
  );
}

function ByPassword({ onClose }: { onClose: (proven: boolean) => void }) {
  const { t } = useTranslation("admin");
  const { t: common } = useTranslation();
  const [password, setPassword] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      sessionStore.signedIn(await take(api.POST("/session/confirm", { body: { password } })));
      onClose(true);
    } catch (refused) {
      setError(refused);
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack>
        <Text size="sm">{t("confirm.text")}</Text>
        <PasswordInput
          label={common("session.password")}
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          visibilityToggleButtonProps={{ "aria-label": common("session.showPassword") }}
          data-autofocus
          required
        />
        {error !== null && <Failure error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={() => onClose(false)}>
            {common("action.cancel")}
          </Button>
          <Button type="submit" loading={busy}>
            {t("confirm.goOn")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
