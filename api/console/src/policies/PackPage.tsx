import { Button, Group, NativeSelect, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { instant } from "../format/values";
import { useMay } from "../session/session";
import { useHelp } from "../shell/helpGroups";
import { SearchField } from "../shell/SearchField";
import { useKeys } from "../shell/shortcuts";
import { Empty, Failure, Loading, NoPermission } from "../states/states";
import { Tone } from "../states/Tone";
import { useNamed } from "./PoliciesPage";
import { contentsQuery, inForce, ownValues, packQuery, packsQuery, type Contents, type Rule } from "./queries";
import { RuleCard } from "./RuleCard";
import { PARTS, type PackSearch } from "./search";
import { Source } from "./Source";
import { Values } from "./Values";
import classes from "./policies.module.css";
import "./texts";

const TryDialog = lazy(() => import("./TryDialog"));

export default function PackPage() {
  return useMay("case.read") ? <PackView /> : <NoPermission />;
}

function PackView() {
  const { t, i18n } = useTranslation("policies");
  const navigate = useNavigate();
  const { digest } = useParams({ from: "/shell/policies/packs/$digest" });
  const search = useSearch({ from: "/shell/policies/packs/$digest" });
  const mayPropose = useMay("policies.propose");
  const known = useQuery(packsQuery);
  const text = useQuery(packQuery(digest));
  const contents = useQuery(contentsQuery(digest));
  const named = useNamed(known.data?.people ?? {});
  const [trying, setTrying] = useState(false);
  const title = text.data ? `${text.data.pack} ${text.data.version}` : t("title");
  useDocumentTitle(`${title} · Interlock`);
  const change = () => void navigate({ to: "/policies/propose", search: { from: digest } });
  useKeys({ e: () => mayPropose && change(), t: () => mayPropose && text.data && setTrying(true) });
  useHelp(t("title"), [
    ["j", t("help.down")],
    ["k", t("help.up")],
    ["/", t("help.search")],
    ...(mayPropose ? ([["t", t("help.try")], ["e", t("help.change")]] as const) : []),
  ]);
  const error = text.error ?? contents.error ?? known.error;
  if (error) return <Failure error={error} retry={() => void Promise.all([text.refetch(), contents.refetch(), known.refetch()])} />;
  if (!text.data || !contents.data || !known.data) return <Loading />;
  const own = known.data.activations.filter((one) => one.digest === digest);
  const active = inForce(known.data.activations, Date.now()).find((one) => one.digest === digest);
  const versions = known.data.packs.filter((one) => one.pack === text.data.pack);
  const { part = "rules" } = search;
  return (
    <Stack gap="sm">
      <Group justify="space-between" align="flex-start">
        <div>
          <Group gap="sm">
            <Title order={1}>{title}</Title>
            <Tone tone={active ? "good" : "quiet"}>
              {active ? t("pack.inForce", { at: instant(active.from_at, i18n.language) }) : t("pack.notInForce")}
            </Tone>
          </Group>
          {own.map((one) => (
            <Text key={one.number} size="sm" c="dimmed">
              {one.approved_by === "package"
                ? t("pack.firstActivation", { number: one.number, at: instant(one.activated_at, i18n.language) })
                : t("pack.activatedBy", {
                    number: one.number,
                    proposed: named(one.proposed_by),
                    approved: named(one.approved_by),
                    at: instant(one.activated_at, i18n.language),
                  })}
            </Text>
          ))}
        </div>
        <Group gap="xs" className="no-print">
          <NativeSelect
            aria-label={t("pack.versions")}
            value={digest}
            data={versions.map((one) => ({ value: one.digest, label: one.version }))}
            onChange={(event) => void navigate({ to: "/policies/packs/$digest", params: { digest: event.currentTarget.value }, search: true })}
          />
          {mayPropose && (
            <>
              <Button variant="default" onClick={() => setTrying(true)}>
                {t("pack.try")}
              </Button>
              <Button onClick={change}>{t("pack.change")}</Button>
            </>
          )}
        </Group>
      </Group>
      <nav aria-label={t("pack.show")} className="no-print">
        <Group gap={4}>
          {PARTS.map((one) => (
            <Link
              key={one}
              to="/policies/packs/$digest"
              params={{ digest }}
              search={one === "rules" ? {} : { part: one }}
              className="nav-link"
              // Rules that are searched are no other part: the address alone does not say which one is open.
              activeOptions={{ exact: true, includeSearch: true }}
              aria-current={part === one ? "page" : undefined}
            >
              {t(`pack.part.${one}`)}
            </Link>
          ))}
        </Group>
      </nav>
      {part === "rules" ? (
        <Rules contents={contents.data} yaml={text.data.yaml} search={search} digest={digest} />
      ) : part === "values" ? (
        <Values contents={contents.data} />
      ) : (
        <Source text={text.data.yaml} label={t("pack.source")} tall />
      )}
      {trying && (
        <Suspense>
          <TryDialog
            pack={text.data.pack}
            version={text.data.version}
            yaml={text.data.yaml}
            parameters={ownValues(known.data.activations, digest)}
            onClose={() => setTrying(false)}
          />
        </Suspense>
      )}
    </Stack>
  );
}

function holds(rule: Rule, words: string): boolean {
  const text = [rule.id, rule.title, rule.message, rule.regulation, rule.clause, ...rule.fires.parts].join(" ").toLowerCase();
  return words.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

interface RulesProps {
  contents: Contents;
  yaml: string;
  search: PackSearch;
  digest: string;
}

/** Every rule in plain words, and beside them the source, at the rule that is looked at. */
function Rules({ contents, yaml, search, digest }: RulesProps) {
  const { t } = useTranslation("policies");
  const navigate = useNavigate();
  const finder = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLOListElement>(null);
  const words = search.words ?? "";
  const points = useMemo(() => [...new Set(contents.rules.flatMap((rule) => rule.at))], [contents]);
  const rules = useMemo(
    () => contents.rules.filter((rule) => holds(rule, words) && (!search.at || rule.at.includes(search.at))),
    [contents, words, search.at],
  );
  const place = Math.max(0, rules.findIndex((rule) => rule.id === search.rule));
  const chosen = rules[place];
  const choose = (changed: PackSearch) =>
    void navigate({
      from: "/policies/packs/$digest",
      to: "/policies/packs/$digest",
      params: { digest },
      search: (before) => ({ ...before, ...changed }),
      replace: true,
      resetScroll: false,
    });
  const move = (to: number) => {
    const next = rules[Math.max(0, Math.min(rules.length - 1, to))];
    if (next) list.current?.querySelector<HTMLElement>(`#rule-${CSS.escape(next.id)}`)?.focus();
  };
  useKeys({ j: () => move(search.rule ? place + 1 : 0), k: () => move(place - 1), "/": () => finder.current?.focus() });
  return (
    <>
      <Group gap="sm" className="no-print">
        <SearchField
          finder={finder}
          aria-label={t("pack.search")}
          placeholder={t("pack.search")}
          words={words}
          onSettle={(typed) => choose({ words: typed, rule: undefined })}
          delay={0}
          w={260}
        />
        <NativeSelect
          aria-label={t("pack.point")}
          value={search.at ?? ""}
          data={[{ value: "", label: t("pack.anyPoint") }, ...points.map((point) => ({ value: point, label: point }))]}
          onChange={(event) => choose({ at: event.currentTarget.value || undefined, rule: undefined })}
        />
        <Text size="sm" c="dimmed" role="status">
          {t("pack.count", { count: rules.length })}
        </Text>
      </Group>
      <div className={classes.columns}>
        <section className="surface" aria-label={t("pack.rules")}>
          {rules.length === 0 ? (
            <Empty title={t("pack.noRule")} />
          ) : (
            <ol ref={list} className={classes.rules}>
              {rules.map((rule, number) => (
                <RuleCard
                  key={rule.id}
                  rule={rule}
                  place={number}
                  chosen={rule.id === chosen?.id}
                  onChoose={() => rule.id !== search.rule && choose({ rule: rule.id })}
                />
              ))}
            </ol>
          )}
        </section>
        <div className={classes.stuck}>
          <Source text={yaml} first={chosen?.first_line} last={chosen?.last_line} label={t("pack.source")} />
        </div>
      </div>
    </>
  );
}
