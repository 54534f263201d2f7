import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { CaseLink } from "../shell/ScreenLink";
import { Failure } from "../states/states";
import { Tone } from "../states/Tone";
import { alikeOf } from "./progress";
import { failuresQuery } from "./queries";
import classes from "./operations.module.css";

/** Cases that are named of each message; the others are counted. */
const NAMED = 8;

/** What failed, those of one message together, with a way to each case; `count` is how many there are by now. */
export function Failures({ id, count }: { id: string; count: number }) {
  const { t } = useTranslation("operations");
  const found = useQuery(failuresQuery(id, count));
  if (found.error && !found.data) return <Failure error={found.error} retry={() => void found.refetch()} />;
  return (
    <>
      <Text size="sm" fw={550} mt={6}>
        {t("failures")}
      </Text>
      <ul className={classes.failures}>
        {alikeOf(found.data?.items ?? []).map(({ text, cases }) => (
          <li className={classes.failure} key={text}>
            <Tone tone="danger">{cases.length}</Tone> {text}{" "}
            <span className={classes.cases}>
              {cases.slice(0, NAMED).map((one) => (
                <CaseLink key={one} id={one}>
                  {one.slice(0, 8)}
                </CaseLink>
              ))}
              {cases.length > NAMED && <span>{t("more", { count: cases.length - NAMED })}</span>}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
