import { useParams } from "@tanstack/react-router";
import { ChatScreen } from "./ChatScreen";

export default function ConversationPage() {
  const { conversationId } = useParams({ from: "/shell/chat/$conversationId" });
  return <ChatScreen conversation={conversationId} />;
}
