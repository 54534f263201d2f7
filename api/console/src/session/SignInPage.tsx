import { Anchor, Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { Failure } from "../states/states";
import { EntryPage } from "./EntryPage";
import { signIn } from "./session";

export default function SignInPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { next } = useSearch({ from: "/sign-in" });
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await signIn(login, password);
      await navigate({ href: next ?? "/tasks", replace: true });
    } catch (refused) {
      setError(refused);
    } finally {
      setBusy(false);
    }
  };
  return (
    <EntryPage title={t("session.signIn")}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <TextInput
            label={t("session.login")}
            name="username"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            value={login}
            onChange={(event) => setLogin(event.currentTarget.value)}
            autoFocus
            required
          />
          <PasswordInput
            label={t("session.password")}
            name="password"
            autoComplete="current-password"
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            visibilityToggleButtonProps={{ "aria-label": t("session.showPassword") }}
            required
          />
          {error !== null && <Failure error={error} />}
          <Button type="submit" loading={busy}>
            {t("session.signIn")}
          </Button>
          <Anchor component={Link} to="/forgotten" size="sm" underline="always">
            {t("session.forgotten")}
          </Anchor>
        </Stack>
      </form>
    </EntryPage>
  );
}
