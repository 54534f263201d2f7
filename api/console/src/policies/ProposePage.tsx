import { Alert, Button, Code, Group, NativeSelect, Stack, Text, Textarea, TextInput, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useBlocker, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState, type FormEvent, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "../api/client";
import { keys } from "../api/keys";
import { useMay } from "../session/session";
import { Dialog } from "../shell/Dialog";
import { useHelp } from "../shell/helpGroups";
import { useKeys } from "../shell/shortcuts";
import { Failure, Loading, NoPermission } from "../states/states";
import { Difference } from "./Difference";
import { ownFrom, typedOf } from "./parameters";
import { contentsQuery, inForce, ownValues, packQuery, packsQuery, suggestionQuery, type Contents, type Raw } from "./queries";
import { ReplayState, ReportView } from "./ReportView";
import { useReplay } from "./useReplay";
import classes from "./policies.module.css";
import "./texts";

const DAYS = 90;

export default function ProposePage() {
  return useMay("policies.propose") ? <Propose /> : <NoPermission />;
}

/** Finds what the change begins with: a stored pack, or a suggestion and the pack that it changes. */
function Propose() {
  const { t } = useTranslation("policies");
  const search = useSearch({ from: "/shell/policies/propose" });
  const known = useQuery(packsQuery);
  const suggestion = useQuery({ ...suggestionQuery(search.suggestion ?? ""), enabled: search.suggestion !== undefined });
  const first = known.data ? inForce(known.data.activations, Date.now())[0]?.digest : undefined;
  const digest = search.from ?? (search.suggestion ? suggestion.data?.digest : first) ?? "";
  const text = useQuery({ ...packQuery(digest), enabled: digest !== "" });
  const contents = useQuery({ ...contentsQuery(digest), enabled: digest !== "" });
  useDocumentTitle(`${t("propose.title")} · Interlock`);
  const error = known.error ?? suggestion.error ?? text.error ?? contents.error;
  if (error) return <Failure error={error} />;
  if (!known.data || !text.data || !contents.data) return <Loading />;
  const suggested = suggestion.data;
  return (
    <Editor
      key={`${digest} ${search.suggestion}`}
      digest={digest}
      before={text.data.yaml}
      begin={suggested?.yaml ?? text.data.yaml}
      contents={contents.data}
      own={ownValues(known.data.activations, digest)}
      versions={known.data.packs.map((one) => ({ value: one.digest, label: `${one.pack} ${one.version}` }))}
      suggested={
        suggested &&
        (suggested.yaml === null
          ? t("propose.whyNot", { why: suggested.why_not })
          : t("propose.suggested", {
              decision: t(`decision.${suggested.decision}` as "decision.approve"),
              rule: suggested.rule,
              predicate: suggested.predicate,
              cases: suggested.cases.length,
            }))
      }
    />
  );
}

interface EditorProps {
  digest: string;
  before: string;
  begin: string;
  contents: Contents;
  own: Record<string, Raw>;
  versions: { value: string; label: string }[];
  suggested?: string | undefined;
}

function Editor({ digest, before, begin, contents, own, versions, suggested }: EditorProps) {
  const { t } = useTranslation("policies");
  const navigate = useNavigate();
  const [text, setText] = useState(begin);
  const [typed, setTyped] = useState(() => typedOf(own));
  const [asking, setAsking] = useState(false);
  const { replay, begin: replayed, forget } = useReplay();
  const editor = useRef<HTMLTextAreaElement>(null);
  const leaving = useRef(false);
  const { values, wrong } = useMemo(() => ownFrom(contents.parameters, typed), [contents, typed]);
  const changedText = text !== before;
  const changed = changedText || JSON.stringify(typedOf(values)) !== JSON.stringify(typedOf(own));
  const ready = changed && Object.keys(wrong).length === 0;
  useEffect(() => editor.current?.setSelectionRange(0, 0), []);
  useBlocker({
    shouldBlockFn: () => changed && !leaving.current && !window.confirm(t("propose.changed")),
    enableBeforeUnload: () => changed && !leaving.current,
  });
  const see = () =>
    void replayed(() => {
      const since = new Date(Date.now() - DAYS * 86_400_000).toISOString().slice(0, 10);
      return take(api.POST("/policies/replays", { body: { yaml: text, parameters: values, since }, parseAs: "stream" }));
    });
  const pressed = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !ready) return;
    event.preventDefault();
    see();
  };
  useKeys({ r: () => ready && see(), p: () => ready && setAsking(true), e: () => editor.current?.focus() });
  useHelp(t("propose.title"), [
    ["e", t("propose.text")],
    ["r", t("propose.replay")],
    ["Ctrl Enter", t("propose.replay")],
    ["p", t("help.propose")],
  ]);
  return (
    <Stack gap="sm" onKeyDown={pressed}>
      <Group justify="space-between" align="flex-start">
        <Title order={1}>{t("propose.title")}</Title>
        <Group gap="xs">
          <NativeSelect
            aria-label={t("propose.base")}
            value={digest}
            data={versions}
            onChange={(event) => void navigate({ to: "/policies/propose", search: { from: event.currentTarget.value } })}
          />
          <Button variant="default" onClick={see} disabled={!ready} loading={replay.running}>
            {t("propose.replay")}
          </Button>
          <Button onClick={() => setAsking(true)} disabled={!ready}>
            {t("propose.propose")}
          </Button>
        </Group>
      </Group>
      {suggested && <Alert color="signal" variant="outline">{suggested}</Alert>}
      <div className={classes.columns}>
        <Stack gap="sm">
          <Textarea
            ref={editor}
            className={classes.editor}
            label={t("propose.text")}
            description={t("propose.textHelp")}
            value={text}
            onChange={(event) => {
              setText(event.currentTarget.value);
              forget();
            }}
            onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
            rows={30}
            spellCheck={false}
            autoComplete="off"
          />
        </Stack>
        <Stack gap="sm">
          <section className={`surface ${classes.part}`}>
            <Title order={2} mb={6}>
              {t("propose.changed")}
            </Title>
            <Difference before={before} after={text} label={t("propose.changed")} same={t(changed ? "proposal.sameText" : "propose.unchanged")} />
          </section>
          <OwnFields contents={contents} typed={typed} wrong={wrong} onType={(next) => {
            setTyped(next);
            forget();
          }} />
        </Stack>
      </div>
      <ReplayState replay={replay} retry={see} />
      {replay.report && (
        <>
          <Text size="sm">{t("propose.days", { count: DAYS })}</Text>
          <ReportView report={replay.report} />
        </>
      )}
      {asking && (
        <ProposeDialog
          yaml={changedText ? text : null}
          digest={changedText ? null : digest}
          parameters={values}
          onClose={() => setAsking(false)}
          onProposed={(id) => {
            leaving.current = true;
            void navigate({ to: "/policies/proposals/$proposalId", params: { proposalId: id } });
          }}
        />
      )}
    </Stack>
  );
}

interface OwnProps {
  contents: Contents;
  typed: Record<string, string>;
  wrong: Record<string, "int" | "bool" | "date">;
  onType: (typed: Record<string, string>) => void;
}

function OwnFields({ contents, typed, wrong, onType }: OwnProps) {
  const { t } = useTranslation("policies");
  if (contents.parameters.length === 0) return null;
  return (
    <details className={`surface ${classes.part}`} open={Object.values(typed).some(Boolean)}>
      <summary>
        <Text span fw={600}>
          {t("propose.own")}
        </Text>
      </summary>
      <Text size="xs" c="dimmed" my={6}>
        {t("propose.ownHelp")}
      </Text>
      <table className={classes.own}>
        <tbody>
          {contents.parameters.map(({ name, description, raw }) => (
            <tr key={name}>
              <th scope="row" id={`own-${name}`}>
                {description} <Code>{name}</Code>
              </th>
              <td style={{ inlineSize: 140 }}>
                <TextInput
                  size="xs"
                  aria-labelledby={`own-${name}`}
                  placeholder={String(raw ?? "")}
                  value={typed[name] ?? ""}
                  error={wrong[name] && t("propose.wrong", { name, form: t(`propose.form.${wrong[name]}`) })}
                  onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
                  onChange={(event) => onType({ ...typed, [name]: event.currentTarget.value })}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

interface DialogProps {
  yaml: string | null;
  digest: string | null;
  parameters: Record<string, Raw>;
  onClose: () => void;
  onProposed: (id: string) => void;
}

function ProposeDialog({ yaml, digest, parameters, onClose, onProposed }: DialogProps) {
  const { t } = useTranslation("policies");
  const { t: shared } = useTranslation();
  const client = useQueryClient();
  const [reason, setReason] = useState("");
  const [from, setFrom] = useState("");
  const [since, setSince] = useState("");
  const proposed = useMutation({
    mutationFn: () =>
      take(
        api.POST("/policies/proposals", {
          body: {
            yaml,
            digest,
            parameters,
            reason: reason.trim(),
            from_at: from ? new Date(`${from}T00:00:00`).toISOString() : null,
            cases_since: since || null,
          },
        }),
      ),
    onSuccess: async (made) => {
      await client.invalidateQueries({ queryKey: keys.policies.all });
      onProposed(made.id);
    },
  });
  const ready = reason.trim() !== "" && !proposed.isPending;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready) proposed.mutate();
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    event.stopPropagation();
    if (ready) proposed.mutate();
  };
  return (
    <Dialog opened onClose={onClose} title={t("propose.dialog")}>
      <form onSubmit={submit} onKeyDown={pressed}>
        <Stack>
          <Text size="sm">{t("propose.dialogText")}</Text>
          <Textarea
            label={t("propose.reason")}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            maxLength={4000}
            autosize
            minRows={2}
            required
            data-autofocus
          />
          <TextInput type="date" label={t("propose.from")} value={from} onChange={(event) => setFrom(event.currentTarget.value)} />
          <TextInput type="date" label={t("propose.casesSince")} value={since} onChange={(event) => setSince(event.currentTarget.value)} />
          {proposed.error && <Failure error={proposed.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {shared("action.cancel")}
            </Button>
            <Button type="submit" loading={proposed.isPending} disabled={!ready}>
              {t("propose.confirm")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
