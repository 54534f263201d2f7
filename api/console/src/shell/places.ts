/** The screens, who may see them, and how they are reached: a new one adds a line here and a route. */
export interface Place {
  to: "/tasks";
  title: "place.tasks";
  mark: string;
  /** The second letter of its shortcut, behind `g`. */
  key: string;
  permission: string;
}

const PLACES: readonly Place[] = [{ to: "/tasks", title: "place.tasks", mark: "☑", key: "q", permission: "task.read" }];

/** Those that somebody's permissions allow: what the server would refuse is not shown. */
export function permittedPlaces(permissions: readonly string[]): Place[] {
  return PLACES.filter((place) => permissions.includes(place.permission));
}
