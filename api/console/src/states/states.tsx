import { Alert, Button, Center, Code, Group, Loader, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ProblemError, Unreachable } from "../api/problem";

interface EmptyProps {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  /** 1 where it is all that a page shows. */
  level?: 1 | 2;
}

/** Nothing here, and why that is so; with what to do next where there is something. */
export function Empty({ title, children, action, level = 2 }: EmptyProps) {
  return (
    <Center py={64} px="md">
      <Stack gap="xs" align="center" maw={460} ta="center">
        <Text size="2rem" aria-hidden="true" lh={1}>
          ◌
        </Text>
        <Title order={level}>{title}</Title>
        {children && (
          <Text c="dimmed" size="sm">
            {children}
          </Text>
        )}
        {action}
      </Stack>
    </Center>
  );
}

export function Loading() {
  const { t } = useTranslation();
  return (
    <Center py={64} role="status">
      <Group gap="sm">
        <Loader size="sm" aria-hidden="true" />
        <Text size="sm">{t("state.loading")}</Text>
      </Group>
    </Center>
  );
}

/** What went wrong and what to do about it, in words; the code stands small, for whoever is asked for help. */
export function useFailureText(): (error: unknown) => { title: string; detail: string; code: string } {
  const { t, i18n } = useTranslation();
  return (error) => {
    if (error instanceof Unreachable) return { title: t("failure.unreachable"), detail: t("failure.unreachableDo"), code: "" };
    if (error instanceof ProblemError) {
      const known = `failure.codes.${error.code}`;
      const detail = i18n.exists(known) ? String(i18n.t(known as never)) : error.problem.detail;
      return { title: error.status === 403 ? t("failure.notAllowed") : t("failure.refused"), detail, code: error.code };
    }
    return { title: t("failure.unexpected"), detail: t("failure.unexpectedDo"), code: "" };
  };
}

export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useTranslation();
  const text = useFailureText()(error);
  if (error instanceof ProblemError && error.code === "permission_missing") return <NoPermission detail={text.detail} />;
  if (error instanceof ProblemError && error.status === 404) return <Empty title={t("failure.gone")}>{text.detail}</Empty>;
  return (
    <Alert color="red.9" variant="outline" title={text.title} role="alert" my="sm" styles={{ title: { color: "var(--tone-danger)" } }}>
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{text.detail}</Text>
        {text.code && <Code>{text.code}</Code>}
        {retry && (
          <Button size="xs" variant="default" onClick={retry}>
            {t("action.tryAgain")}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

export function NoPermission({ detail }: { detail?: string }) {
  const { t } = useTranslation();
  return <Empty title={t("state.noPermission")}>{detail ?? t("state.noPermissionDo")}</Empty>;
}
