import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shell } from "../shell/frame";

const chat = createRoute({
  getParentRoute: () => shell,
  path: "/chat",
  component: lazyRouteComponent(() => import("./ChatPage")),
});
const conversation = createRoute({
  getParentRoute: () => shell,
  path: "/chat/$conversationId",
  component: lazyRouteComponent(() => import("./ConversationPage")),
});

export const chatRoutes = [chat, conversation] as const;
