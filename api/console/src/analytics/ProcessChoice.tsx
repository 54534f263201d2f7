import { NativeSelect } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Empty, Failure, Loading } from "../states/states";
import { processesQuery, type Process } from "./queries";
import { WINDOWS, type Days } from "./window";
import "./texts";

export interface Named {
  value: string;
  label: string;
}

interface ProcessProps {
  /** What can be chosen of what there is, the usual one first. */
  choices: (processes: readonly Process[]) => Named[];
  /** By the address; else the first. */
  chosen: string | undefined;
  children: (process: string, choices: Named[]) => ReactNode;
}

/** Shows what belongs to the process of the address, once it is known which there are. */
export function OfProcess({ choices, chosen, children }: ProcessProps) {
  const { t } = useTranslation("analytics");
  const known = useQuery(processesQuery);
  if (known.isPending) return <Loading />;
  if (known.error) return <Failure error={known.error} retry={() => void known.refetch()} />;
  const named = choices(known.data);
  const process = chosen ?? named[0]?.value;
  if (process === undefined) return <Empty title={t("none")}>{t("noneText")}</Empty>;
  return children(process, named);
}

interface ChoiceProps {
  process: string;
  choices: Named[];
  onProcess: (process: string) => void;
  /** What stands between the two. */
  children?: ReactNode;
  days: Days;
  onDays: (days: Days | undefined) => void;
}

/** Which process, and how far back. */
export function ProcessChoice({ process, choices, onProcess, children, days, onDays }: ChoiceProps) {
  const { t } = useTranslation("analytics");
  return (
    <>
      <NativeSelect label={t("process")} data={choices} value={process} onChange={(event) => onProcess(event.currentTarget.value)} w={230} />
      {children}
      <NativeSelect
        label={t("window")}
        data={WINDOWS.map((one) => ({ value: String(one), label: t(`windows.d${one}`) }))}
        value={String(days)}
        onChange={(event) => onDays(WINDOWS.find((one) => String(one) === event.currentTarget.value))}
        w={110}
      />
    </>
  );
}
