import { Button, Checkbox, CloseButton, Group, Menu, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter, useRouterState } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { api, take, type Schemas } from "../api/client";
import { keys } from "../api/keys";
import { useMay } from "../session/session";
import { Dialog } from "../shell/Dialog";
import { ActionMenu } from "../shell/ActionMenu";
import { announce } from "../shell/announcer";
import { Failure } from "../states/states";
import "./texts";

type SavedView = Schemas["SavedViewView"];

/**
 * Names for the filters of a screen, which stand in its address. A screen shows this beside its title and names itself;
 * it needs nothing else: a view is opened by going to the screen's own address with what was saved.
 */
export function SavedViews({ screen }: { screen: string }) {
  const { t } = useTranslation("views");
  const [dialog, setDialog] = useState<"save" | "remove" | null>(null);
  const router = useRouter();
  const views = useQuery({
    queryKey: keys.views(screen),
    queryFn: ({ signal }) => take(api.GET("/views", { params: { query: { screen } }, signal })),
    staleTime: 60_000,
  });
  const found = views.data?.views ?? [];
  const open = (view: SavedView) => {
    const { pathname } = router.state.location;
    void router.navigate({ to: pathname, search: router.options.parseSearch?.(`?${view.search}`) as never });
  };
  const own = found.filter((view) => view.mine);
  const others = found.filter((view) => !view.mine);
  return (
    <>
      <ActionMenu
        height={420}
        button={
          <Button variant="default" size="xs" rightSection={<span aria-hidden="true">▾</span>}>
            {t("menu")}
          </Button>
        }
      >
        {own.length > 0 && <Menu.Label>{t("mine")}</Menu.Label>}
        {own.map((view) => (
          <Menu.Item key={view.id} onClick={() => open(view)}>
            {view.name}
          </Menu.Item>
        ))}
        {others.length > 0 && <Menu.Label>{t("others")}</Menu.Label>}
        {others.map((view) => (
          <Menu.Item key={view.id} onClick={() => open(view)}>
            {view.name}{" "}
            <Text span size="xs" c="dimmed">
              {t("by", { name: view.owner.name })}
            </Text>
          </Menu.Item>
        ))}
        {found.length === 0 && <Menu.Label>{t("none")}</Menu.Label>}
        <Menu.Divider />
        <Menu.Item onClick={() => setDialog("save")}>{t("save")}</Menu.Item>
        {found.length > 0 && <Menu.Item onClick={() => setDialog("remove")}>{t("manage")}</Menu.Item>}
      </ActionMenu>
      {dialog === "save" && <SaveDialog screen={screen} onClose={() => setDialog(null)} />}
      {dialog === "remove" && <RemoveDialog screen={screen} views={found} onClose={() => setDialog(null)} />}
    </>
  );
}

function SaveDialog({ screen, onClose }: { screen: string; onClose: () => void }) {
  const { t } = useTranslation("views");
  const common = useTranslation().t;
  const client = useQueryClient();
  const search = useRouterState({ select: (state) => state.location.searchStr.replace(/^\?/, "") });
  const [name, setName] = useState("");
  const [shared, setShared] = useState(false);
  const save = useMutation({
    mutationFn: () => take(api.POST("/views", { body: { screen, name: name.trim(), search, shared } })),
    onSuccess: async () => {
      announce(t("saved"));
      await client.invalidateQueries({ queryKey: keys.views(screen) });
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Dialog opened onClose={onClose} title={t("title")}>
      <form onSubmit={submit}>
        <Stack>
          <Text size="sm">{t("text")}</Text>
          <TextInput label={t("name")} value={name} onChange={(event) => setName(event.currentTarget.value)} maxLength={80} required data-autofocus />
          <Checkbox label={t("shared")} checked={shared} onChange={(event) => setShared(event.currentTarget.checked)} />
          {save.error && <Failure error={save.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {common("action.cancel")}
            </Button>
            <Button type="submit" loading={save.isPending} disabled={!name.trim()}>
              {t("confirm")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

function RemoveDialog({ screen, views, onClose }: { screen: string; views: readonly SavedView[]; onClose: () => void }) {
  const { t } = useTranslation("views");
  const admin = useMay("admin");
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: (id: string) => take(api.DELETE("/views/{view_id}", { params: { path: { view_id: id } } })),
    onSuccess: async () => {
      announce(t("removed"));
      await client.invalidateQueries({ queryKey: keys.views(screen) });
    },
  });
  const removable = views.filter((view) => view.mine || admin);
  return (
    <Dialog opened onClose={onClose} title={t("manage")}>
      <Stack gap="xs">
        {removable.length === 0 && <Text size="sm">{t("none")}</Text>}
        {removable.map((view) => (
          <Group key={view.id} justify="space-between" wrap="nowrap">
            <Text size="sm">{view.name}</Text>
            <CloseButton aria-label={t("remove", { name: view.name })} onClick={() => remove.mutate(view.id)} />
          </Group>
        ))}
        {remove.error && <Failure error={remove.error} />}
      </Stack>
    </Dialog>
  );
}
