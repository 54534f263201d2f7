"""Every dialog of the console gives the focus back: it is the one that does, not the library's own."""

from __future__ import annotations

import re

from tests.architecture.test_console_looks import CONSOLE

LIBRARY = re.compile(r"import \{[^}]*\bModal\b[^}]*\} from \"@mantine/core\"")


def test_only_the_dialog_itself_is_made_of_the_librarys() -> None:
    found = {
        str(source.relative_to(CONSOLE))
        for source in CONSOLE.rglob("*.tsx")
        if LIBRARY.search(source.read_text(encoding="utf-8"))
    }
    assert found == {"shell/Dialog.tsx"}
