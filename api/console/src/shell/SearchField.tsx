import { TextInput, type TextInputProps } from "@mantine/core";
import type { KeyboardEvent, RefObject } from "react";
import { useSettling } from "./useSettling";

interface Props extends Omit<TextInputProps, "ref" | "type" | "value" | "onChange" | "onBlur" | "onKeyDown"> {
  finder: RefObject<HTMLInputElement | null>;
  /** The words that are searched for, as the address says. */
  words: string;
  /** What was typed, a moment after the last key, or at once when the field is left. */
  onSettle: (words: string | undefined) => void;
  delay?: number;
}

/** Words that a list is searched for. `Enter` and `Escape` leave the field and keep what was typed. */
export function SearchField({ finder, words, onSettle, delay = 250, ...rest }: Props) {
  const { typed, type, flush } = useSettling(words, (text) => text.trim(), (text) => onSettle(text || undefined), delay);
  const leave = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key !== "Escape" && event.key !== "Enter") return;
    // A browser empties a search field on `Escape`.
    event.preventDefault();
    event.currentTarget.blur();
  };
  return (
    <TextInput
      {...rest}
      ref={finder}
      type="search"
      value={typed}
      onChange={(event) => type(event.currentTarget.value)}
      onKeyDown={leave}
      onBlur={flush}
    />
  );
}
