import { Button, Code, Group, List, Progress, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";
import { instant } from "../format/values";
import { Failure } from "../states/states";
import { Tone } from "../states/Tone";
import classes from "./audit.module.css";
import type { Check } from "./useCheck";
import "./texts";

/** What a check of the whole trail found, or how far it is. */
export function Verification({ check, onAgain, onStop }: { check: Check; onAgain: () => void; onStop: () => void }) {
  const { t, i18n } = useTranslation("audit");
  const number = new Intl.NumberFormat(i18n.language);
  if (check.error) return <Failure error={check.error} retry={onAgain} />;
  if (!check.result) {
    const { entry, of } = check.progress;
    return (
      <section className={`surface ${classes.check}`} aria-label={t("verify.running")}>
        <Group justify="space-between">
          <Text fw={600}>{t("verify.running")}</Text>
          <Button size="xs" variant="default" onClick={onStop}>
            {t("verify.stop")}
          </Button>
        </Group>
        <Progress value={of ? (100 * entry) / of : 0} my="xs" aria-label={t("verify.running")} />
        <Text size="sm" className="number">
          {t("verify.progress", { entry: number.format(entry), of: number.format(of) })}
        </Text>
      </section>
    );
  }
  const { sound, chain, head } = check.result;
  return (
    <section className={`surface ${classes.check}`} aria-label={t(sound ? "verify.sound" : "verify.unsound")} data-sound={sound}>
      <Group justify="space-between" align="flex-start">
        <Title order={2}>
          <Tone tone={sound ? "good" : "danger"}>{t(sound ? "verify.sound" : "verify.unsound")}</Tone>
        </Title>
        <Button size="xs" variant="default" className="no-print" onClick={onAgain}>
          {t("verify.again")}
        </Button>
      </Group>
      <Text size="sm" my={6}>
        {t(sound ? "verify.soundText" : "verify.unsoundText")}
      </Text>
      <table className="facts">
        <tbody>
          <Fact name={t("verify.entries")}>{number.format(chain.entries)}</Fact>
          <Fact name={t("verify.values")}>{number.format(chain.values)}</Fact>
          {chain.erased > 0 && <Fact name={t("verify.erased")}>{t("verify.erasedText", { count: chain.erased })}</Fact>}
          <Fact name={t("verify.head")}>
            <Code>{chain.head}</Code>
          </Fact>
          <Fact name={t("verify.signed")}>
            <Signed head={head} shown={(at) => instant(at, i18n.language)} />
          </Fact>
          {head && (
            <Fact name={t("verify.key")}>
              <Code>{head.key}</Code>
            </Fact>
          )}
        </tbody>
      </table>
      {chain.problems.length > 0 && (
        <>
          <Title order={3} size="sm" mt="sm">
            {t("verify.problems")}
          </Title>
          <List size="sm">
            {chain.problems.map((problem) => (
              <List.Item key={`${problem.seq} ${problem.what}`}>{t("verify.problem", problem)}</List.Item>
            ))}
          </List>
        </>
      )}
    </section>
  );
}

function Signed({ head, shown }: { head: Schemas["SignedHeadView"] | null; shown: (at: string) => string }) {
  const { t } = useTranslation("audit");
  if (!head) return <>{t("verify.unsigned")}</>;
  if (head.problem) return <Tone tone="danger">{t("verify.signedWrong", { problem: head.problem })}</Tone>;
  return <>{t("verify.signedText", { size: head.size, at: head.at ? shown(head.at) : "" })}</>;
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{children}</td>
    </tr>
  );
}
