import { Alert, Anchor, Button, Code, Divider, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { Failure } from "../states/states";
import { EntryPage } from "./EntryPage";
import { leaveForProvider, providerQuery } from "./provider";
import { ProviderButton } from "./ProviderButton";
import "./providerTexts";
import { signIn } from "./session";

export default function SignInPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { next, refused } = useSearch({ from: "/sign-in" });
  const provider = useQuery(providerQuery);
  const title = provider.data?.title;
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
      {refused && <Refusal code={refused} />}
      {title && <ByProvider title={title} next={next} />}
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

function ByProvider({ title, next }: { title: string; next?: string }) {
  const { t } = useTranslation("provider");
  return (
    <>
      <ProviderButton primary label={t("signInWith", { title })} leave={() => leaveForProvider(next ?? null)} />
      <Divider label={t("or")} />
    </>
  );
}

/** Why the identity provider's answer let nobody in, by the code that the server named. */
function Refusal({ code }: { code: string }) {
  const { t, i18n } = useTranslation("provider");
  const known = i18n.exists(`refusal.${code}`, { ns: "provider" }) ? code : "other";
  return (
    <Alert color="red.9" variant="outline" title={t("refused")} role="alert" styles={{ title: { color: "var(--tone-danger)" } }}>
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{t(`refusal.${known}` as "refusal.other")}</Text>
        <Code>{code}</Code>
      </Stack>
    </Alert>
  );
}
