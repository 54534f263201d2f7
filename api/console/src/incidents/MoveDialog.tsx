import { Button, Group, NumberInput, Select, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "../api/keys";
import type { Schemas } from "../api/client";
import "../operations/texts";
import { Dialog } from "../shell/Dialog";
import { announce } from "../shell/announcer";
import { Failure } from "../states/states";
import { Tone } from "../states/Tone";
import { orderGroup, orderOne, type Given, type Move, type Target } from "./moves";
import type { Options } from "./queries";

const CANARY = 3;
const AT_ONCE = 20;
/** Of one incident, what the API takes no reason for. */
const WITHOUT_REASON: readonly Move[] = ["retry", "apply"];

interface Props {
  move: Move;
  target: Target;
  options: Options;
  /** The operation that was begun; null for a single incident. */
  onDone: (operation: string | null) => void;
  onClose: () => void;
}

/** One question before something is ordered: what it does, with what, and why. `Ctrl Enter` confirms from a text, too. */
export function MoveDialog({ move, target, options, onDone, onClose }: Props) {
  const { t } = useTranslation("incidents");
  const { t: ofOperation } = useTranslation("operations");
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const [reason, setReason] = useState("");
  const [step, setStep] = useState<string | null>(options.steps[0] ?? null);
  const [entered, setEntered] = useState<Record<string, string>>({});
  const [canary, setCanary] = useState(CANARY);
  const [atOnce, setAtOnce] = useState(AT_ONCE);
  const many = target.kind === "group";
  const asksReason = many || !WITHOUT_REASON.includes(move);
  const values = Object.fromEntries(
    options.fields.filter((field) => (entered[field.name] ?? field.value ?? "") !== (field.value ?? "") || (many && entered[field.name])).map((field) => [field.name, entered[field.name] ?? ""]),
  );
  const given: Given = { reason: reason.trim(), step: step ?? "", values, canary, atOnce };
  const ready =
    (!asksReason || given.reason !== "") && (move !== "reroute" || given.step !== "") && (move !== "correct" || Object.keys(values).length > 0);

  const ordered = useMutation({
    mutationFn: async () => {
      if (target.kind === "one") {
        announce(`${t("ordered")}: ${(await orderOne(target.incident, move, given)) || ofOperation(`kind.${move}`)}`);
        return null;
      }
      return (await orderGroup(target, move, given, false)).operation?.id ?? null;
    },
    onSuccess: onDone,
    onSettled: () => client.invalidateQueries({ queryKey: keys.incidents.all }),
  });
  const tried = useMutation({
    mutationFn: () => {
      if (target.kind === "one") throw new Error("only a group is tried first");
      return orderGroup(target, move, given, true);
    },
  });
  const confirm = () => ready && !ordered.isPending && ordered.mutate();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    confirm();
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      confirm();
    }
  };
  const count = many ? target.count : 1;
  const error = ordered.error ?? tried.error;
  return (
    <Dialog
      opened
      onClose={onClose}
      size="lg"
      title={many ? t(`moveMany.${move}`, { count }) : t(`move.${move}`)}
    >
      <form onSubmit={submit} onKeyDown={pressed}>
        <Stack>
          <Text size="sm">{move === "skip" && !many && options.standing ? t("dialog.skipAt", { step: options.standing }) : t(`dialog.${move}`)}</Text>
          {move === "reroute" && (
            <Select
              label={t("dialog.step")}
              data={options.steps}
              value={step}
              onChange={setStep}
              allowDeselect={false}
              comboboxProps={{ zIndex: 500 }}
            />
          )}
          {move === "correct" && (
            <Stack gap="xs">
              <Text size="xs" c="dimmed">
                {t("dialog.fields")}
              </Text>
              {options.fields.map((field) => (
                <TextInput
                  key={field.name}
                  label={field.title}
                  value={entered[field.name] ?? (many ? "" : (field.value ?? ""))}
                  placeholder={many ? (field.value ?? "") : undefined}
                  onChange={(event) => {
                    const { value } = event.currentTarget;
                    setEntered((before) => ({ ...before, [field.name]: value }));
                  }}
                />
              ))}
            </Stack>
          )}
          {asksReason && (
            <Textarea
              label={t("dialog.reason")}
              description={t("dialog.reasonText")}
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
              required
              maxLength={4000}
              autosize
              minRows={2}
              data-autofocus
            />
          )}
          {many && (
            <Group grow align="flex-start">
              <NumberInput
                label={t("dialog.canary")}
                description={t("dialog.canaryText")}
                value={canary}
                onChange={(value) => setCanary(Number(value) || CANARY)}
                min={1}
                max={50}
                allowDecimal={false}
              />
              <NumberInput
                label={t("dialog.atOnce")}
                value={atOnce}
                onChange={(value) => setAtOnce(Number(value) || AT_ONCE)}
                min={1}
                max={200}
                allowDecimal={false}
              />
            </Group>
          )}
          {tried.data && <Foreseen answer={tried.data} move={move} />}
          {error && <Failure error={error} />}
          <Group justify="flex-end">
            {many && (
              <Button variant="subtle" onClick={() => tried.mutate()} loading={tried.isPending} disabled={!ready}>
                {t("dialog.tryFirst")}
              </Button>
            )}
            <Button variant="default" onClick={onClose}>
              {common("action.cancel")}
            </Button>
            <Button
              type="submit"
              loading={ordered.isPending}
              disabled={!ready}
              color={move === "cancel" ? "red.9" : undefined}
              data-autofocus={asksReason ? undefined : true}
            >
              {many ? t(`dialog.confirmMany.${move}`, { count }) : t(`dialog.confirm.${move}`)}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

/** What would become of the cases, alike ones together. */
function Foreseen({ answer, move }: { answer: Schemas["BulkAnswer"]; move: Move }) {
  const { t } = useTranslation("incidents");
  const alike = new Map<string, { count: number; refused: boolean }>();
  for (const one of answer.preview ?? []) {
    const text = one.code ? `${one.message} (${one.code})` : move === "retry" ? t("dialog.goesOn") : one.ordered;
    alike.set(text, { count: (alike.get(text)?.count ?? 0) + 1, refused: one.code !== "" });
  }
  return (
    <section className="surface" style={{ padding: "10px 14px" }} role="status">
      <Text size="sm" fw={550}>
        {t("dialog.tried", { count: answer.total })}
      </Text>
      {[...alike].map(([text, { count, refused }]) => (
        <Text size="sm" key={text}>
          <Tone tone={refused ? "danger" : "good"}>{count}</Tone> {refused && `${t("dialog.refused")}: `}
          {text}
        </Text>
      ))}
    </section>
  );
}
