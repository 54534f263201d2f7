import { useEffect, useState } from "react";

type Say = (text: string) => void;
let say: Say = () => {};

/** Tell whoever listens rather than looks; politely, after what is being read. */
export function announce(text: string): void {
  say(text);
}

export function Announcer() {
  const [text, setText] = useState("");
  useEffect(() => {
    say = (next) => {
      // The same words twice are two announcements.
      setText("");
      setTimeout(() => setText(next), 50);
    };
    return () => {
      say = () => {};
    };
  }, []);
  return (
    <div className="unseen" role="status" aria-live="polite">
      {text}
    </div>
  );
}
