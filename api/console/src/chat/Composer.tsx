import { Button, Group } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useId, useImperativeHandle, useRef, useState, type FormEvent, type KeyboardEvent, type Ref } from "react";
import { useTranslation } from "react-i18next";
import type { Language } from "../i18n";
import classes from "./chat.module.css";
import { completionsQuery } from "./queries";
import "./texts";
import type { Beside } from "./turn";

export interface ComposerHandle {
  write: (text: string) => void;
  focus: () => void;
}

interface Props {
  ref: Ref<ComposerHandle>;
  beside: Beside;
  busy: boolean;
  asked: readonly string[];
  onAsk: (text: string) => void;
  onLeave?: () => void;
}

/** Where a question is typed: a combobox whose list says how it may go on. Arrows choose, Enter takes or asks. */
export function Composer({ ref, beside, busy, asked, onAsk, onLeave }: Props) {
  const { t, i18n } = useTranslation("chat");
  const [text, setText] = useState("");
  const [settled] = useDebouncedValue(text, 120);
  const [open, setOpen] = useState(false);
  const [place, setPlace] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const list = useId();
  const found = useQuery(completionsQuery(settled, i18n.language as Language, beside.case));
  const options = open && settled === text ? (found.data?.completions ?? []).filter((one) => one.text !== text) : [];
  const shown = options.length > 0;
  useEffect(() => setPlace(-1), [settled]);
  useImperativeHandle(ref, () => ({
    write: (next) => {
      setText(next);
      input.current?.focus();
    },
    focus: () => input.current?.focus(),
  }));
  const take = (next: string) => {
    setText(next);
    setPlace(-1);
    input.current?.focus();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const chosen = shown ? options[place] : undefined;
    if (chosen) take(chosen.text);
    else if (text.trim() !== "" && !busy) {
      onAsk(text.trim());
      setText("");
      setOpen(false);
    }
  };
  const pressed = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0 && shown) {
      event.preventDefault();
      setPlace((before) => (before + step + options.length + 1 + 1) % (options.length + 1) - 1);
    } else if (event.key === "ArrowUp" && text === "" && asked.length > 0) {
      event.preventDefault();
      setText(asked.at(-1) ?? "");
    } else if (event.key === "Tab" && shown && place >= 0 && !event.shiftKey) {
      event.preventDefault();
      take(options[place]?.text ?? text);
    } else if (event.key === "Escape") {
      if (shown) {
        event.stopPropagation();
        setOpen(false);
      } else onLeave?.();
    }
  };
  return (
    <form onSubmit={submit} className={classes.composer}>
      <ul role="listbox" id={list} aria-label={t("completions")} className={classes.options} hidden={!shown}>
        {options.map((one, number) => (
          <li
            key={one.text}
            id={`${list}-${number}`}
            role="option"
            aria-selected={number === place}
            onMouseDown={(event) => {
              event.preventDefault();
              take(one.text);
            }}
          >
            <span>{one.text}</span>
            {one.hint && <small>{one.hint}</small>}
          </li>
        ))}
      </ul>
      <Group gap="xs" wrap="nowrap">
        <input
          ref={input}
          type="text"
          role="combobox"
          autoComplete="off"
          spellCheck={false}
          aria-label={t("label")}
          aria-expanded={shown}
          aria-controls={list}
          aria-autocomplete="list"
          aria-activedescendant={shown && place >= 0 ? `${list}-${place}` : undefined}
          placeholder={t("ask")}
          maxLength={2000}
          value={text}
          className={classes.input}
          onChange={(event) => {
            setText(event.currentTarget.value);
            setOpen(true);
          }}
          onBlur={() => setOpen(false)}
          onKeyDown={pressed}
        />
        <Button type="submit" disabled={text.trim() === "" || busy}>
          {t("send")}
        </Button>
      </Group>
    </form>
  );
}
