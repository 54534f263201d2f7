"""What a configuration says about a file drop."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

MIB = 1024 * 1024
DONE, REFUSED = "done", "refused"
Lane = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$")]
Process = Annotated[str, Field(min_length=1, max_length=100)]


class FileDropSettings(BaseModel):
    """A folder that others place files in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Annotated[Path, Field(description="The folder; who may write in it may start cases.")]
    process: Annotated[Process | None, Field(description="Process of files in the folder itself; none are taken.")] = (
        None
    )
    subfolders: Annotated[
        dict[Lane, Process], Field(description="Process of the files in each folder within it, by its name.")
    ] = {}
    stable_seconds: Annotated[
        float, Field(ge=0, le=600, description="How long a file must not have changed before it is taken.")
    ] = 2.0
    poll_seconds: Annotated[float, Field(gt=0, le=3600, description="How long to wait between two looks.")] = 2.0
    document_bytes: Annotated[int, Field(ge=1, description="Largest file that is taken.")] = 25 * MIB

    @model_validator(mode="after")
    def _has_lanes(self) -> Self:
        if self.process is None and not self.subfolders:
            raise ValueError("say which process files start: process, subfolders or both")
        taken = {DONE, REFUSED} & self.subfolders.keys()
        if taken:
            raise ValueError(f"{', '.join(sorted(taken))}: this name is for what has been settled")
        return self

    @property
    def lanes(self) -> dict[str, str]:
        """The process of each folder that files are placed in; the folder itself is `""`."""
        own = {"": self.process} if self.process else {}
        return {**own, **self.subfolders}
