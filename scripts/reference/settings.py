"""docs/reference/settings.md from `core.settings`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.settings import Settings, variable, walk
from reference.markdown import code, page, table

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

INTRODUCTION = """
Segue reads `segue.toml` in the working folder (another file: `SEGUE_CONFIG`), then the
environment, then the flags of the command; the later wins. `SEGUE_SECTION_NAME` sets
`section.name`, and the same name with `_FILE` added reads the value from a file, for secrets. Lists
are separated by commas in the environment. An unknown key, in the file or in the environment, is
refused with the nearest known one.

```toml
# segue.toml
data = "/var/lib/segue"

[party]
dpid = "PADPIDA20261121011"
name = "Example Music"

[web]
url = "https://music.example"
```
"""


def shown(field: FieldInfo) -> str:
    """The default as one would write it in segue.toml."""
    default = field.default
    if default is None or default == "":
        return ""
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, tuple):
        return "[" + ", ".join(f'"{item}"' for item in default) + "]"
    return f'"{default}"' if isinstance(default, str | Path) else str(default)


def section_of(name: str) -> str:
    """`web` of `web.port`, empty for a top-level setting."""
    return name.rpartition(".")[0]


def about(section: str) -> str:
    """What the section's class says of itself."""
    if not section:
        return ""
    kind: Any = Settings
    for part in section.split("."):
        kind = kind.model_fields[part].annotation
    return getattr(kind, "__doc__", None) or ""


def rows(section: str) -> list[tuple[str, ...]]:
    """The table rows of one section's settings."""
    return [
        (code(name), code(shown(field)), field.description or "", code(variable(name)))
        for name, field in walk()
        if section_of(name) == section
    ]


def settings_page() -> str:
    """One table per section."""
    parts = [INTRODUCTION]
    for section in sorted({section_of(name) for name, _ in walk()}):
        parts.append(f"## {f'[{section}]' if section else 'Top level'}")
        parts.append(about(section))
        parts.append(table(("setting", "default", "meaning", "environment"), rows(section)))
    return page("Settings", *parts)
