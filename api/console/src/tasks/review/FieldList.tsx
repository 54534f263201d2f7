import { Button, Collapse, Stack, Text, TextInput, Title } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { percent, plain } from "../../format/values";
import { Tone } from "../../states/Tone";
import { typed, type Hint } from "./draft";
import classes from "./review.module.css";

interface Props {
  fields: Hint[];
  entered: Record<string, string>;
  editable: boolean;
  present: string | null;
  onFocus: (field: string) => void;
  onEnter: (field: string, value: string) => void;
}

export const fieldId = (name: string) => `field-${name}`;

/** The fields of a task, the doubtful ones open; the others are one key press away. */
export function FieldList({ fields, ...props }: Props) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const doubtful = fields.filter((field) => field.doubt !== null);
  const sure = fields.filter((field) => field.doubt === null);
  // What somebody has changed stays in sight, and so does what they picked on the page.
  const unfolded = open || doubtful.length === 0 || sure.some((field) => field.name === props.present || field.name in props.entered);
  return (
    <section className={`surface ${classes.part}`} aria-label={t("review.fields")}>
      <Title order={2} mb="xs">
        {t("review.fields")}
      </Title>
      <Stack gap={2}>
        {doubtful.map((field) => (
          <FieldRow key={field.name} field={field} {...props} />
        ))}
      </Stack>
      {doubtful.length > 0 && sure.length > 0 && (
        <Button variant="subtle" size="xs" my={6} aria-expanded={unfolded} onClick={() => setOpen(!open)} data-unfold>
          {t(unfolded ? "review.foldSure" : "review.unfoldSure", { count: sure.length })}
        </Button>
      )}
      <Collapse expanded={unfolded}>
        <Stack gap={2}>
          {unfolded && sure.map((field) => <FieldRow key={field.name} field={field} {...props} />)}
        </Stack>
      </Collapse>
    </section>
  );
}

function FieldRow({ field, entered, editable, present, onFocus, onEnter }: { field: Hint } & Omit<Props, "fields">) {
  const { t, i18n } = useTranslation();
  const texts = { yes: t("value.yes"), no: t("value.no"), none: t("value.none") };
  const value = entered[field.name] ?? typed(field.present);
  const changed = value.trim() !== typed(field.present);
  return (
    <div className={classes.field} data-present={field.name === present || undefined} data-doubt={field.doubt ? true : undefined}>
      {editable ? (
        <TextInput
          id={fieldId(field.name)}
          label={field.title}
          value={value}
          inputMode={field.widget === "money" || field.widget === "number" ? "decimal" : undefined}
          description={present === field.name ? field.help : undefined}
          onFocus={() => onFocus(field.name)}
          onChange={(event) => onEnter(field.name, event.currentTarget.value)}
          maxLength={500}
        />
      ) : (
        <div>
          <Text size="sm" fw={500}>
            {field.title}
          </Text>
          <Text size="sm">{plain(field.present, i18n.language, texts)}</Text>
        </div>
      )}
      <Stack gap={4} align="flex-end" justify="flex-end" pt={editable ? 22 : 0}>
        {field.confidence !== null && field.confidence !== undefined && (
          <Tone tone={field.doubt ? "warning" : "quiet"}>{t("review.confidence", { share: percent(field.confidence, i18n.language) })}</Tone>
        )}
        {(field.confidence === null || field.confidence === undefined) && field.doubt && <Tone tone="warning">{t("review.doubtful")}</Tone>}
      </Stack>
      {field.doubt && (
        <Text size="xs" className={classes.wide}>
          {t("review.doubt", { doubt: field.doubt })}
        </Text>
      )}
      {changed && (
        <Text size="xs" className={classes.wide}>
          <del className={classes.old}>{plain(field.present, i18n.language, texts)}</del>{" "}
          <ins className={classes.new}>{value.trim() || texts.none}</ins>
        </Text>
      )}
      {editable && field.proposed !== null && field.proposed !== undefined && (
        <div className={classes.wide}>
          <Button size="compact-xs" variant="default" onClick={() => onEnter(field.name, typed(field.proposed))}>
            {t("review.useProposed", { value: plain(field.proposed, i18n.language, texts) })}
          </Button>
        </div>
      )}
    </div>
  );
}
