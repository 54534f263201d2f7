import { ChatScreen } from "./ChatScreen";
import { FRESH } from "./store";

export default function ChatPage() {
  return <ChatScreen conversation={FRESH} />;
}
