"""`segue schemas`: which DDEX schemas are there, whether they compile, and how they get there."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.errors import Conflict, NotFound
from core.schemas import HOW_TO_GET_THEM, SchemaFolder
from ddex import schemas, xsd
from ddex.errors import SchemaAbsent, SchemaUnusable
from ddex.findings import clip
from ddex.schema_plan import Plan, plan
from server.cli import context
from server.cli.schema_sources import read_source
from server.services.packages import printable

if TYPE_CHECKING:
    from ddex.xsd import Resource

schemas_app = typer.Typer(
    help="DDEX schemas: list them, check them, install them.", no_args_is_help=True
)
LICENCE = (
    "DDEX's schemas are not part of Segue. DDEX gives them out at https://ddex.net under its "
    "Implementation Licence (free of charge, by application)."
)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Shape = dict[str, Any]


@schemas_app.command("list")
def list_schemas(ctx: typer.Context, as_json: Json = False) -> None:
    """Every schema that Segue can use: found or absent, with namespace, digests and value sets."""
    folder = _folder(ctx)
    rows = listed(folder)
    if as_json:
        context.print_json({"folder": str(folder.root), "licence": LICENCE, "schemas": rows})
        return
    shown = [{**row, "sha256": row["files"][0]["sha256"] or ""} for row in rows]
    context.print_table(("kind", "version", "state", "avs", "namespace", "sha256"), shown)
    typer.echo(f"folder: {folder.root}")
    typer.echo(LICENCE)


@schemas_app.command("check")
def check(ctx: typer.Context, as_json: Json = False) -> None:
    """Compile every schema that is there. Exit 1 when one fails, 4 when there is none."""
    folder = _folder(ctx)
    rows = [checked(folder, entry) for entry in schemas.KNOWN]
    there = [row for row in rows if row["state"] != "absent"]
    ok = bool(there) and all(row["state"] == "ok" for row in there)
    if as_json:
        context.print_json({"ok": ok, "folder": str(folder.root), "schemas": rows})
    else:
        context.print_table(("kind", "version", "state", "why"), rows)
    if not there:
        raise NotFound(f"no DDEX schema in {folder.root}", remedy=HOW_TO_GET_THEM)
    raise typer.Exit(0 if ok else 1)


@schemas_app.command("install")
def install(
    ctx: typer.Context,
    source: Annotated[Path, typer.Argument(help="A folder or zip as DDEX gives it out.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace files that differ; else nothing is written.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Copy the schemas of a folder or zip, in any layout, to where Segue looks for them."""
    folder = _folder(ctx)
    made = plan(read_source(source))
    if not made.files:
        raise NotFound(f"no schema that Segue knows in {source}", remedy=LICENCE)
    states = {name: _state(folder, name, data) for name, data in made.files.items()}
    differing = sorted(name for name, state in states.items() if state == "replaced")
    if differing and not replace:
        raise Conflict(
            f"nothing was installed; {folder.root} has other bytes for {', '.join(differing)}",
            remedy="look at both, then give --replace",
        )
    for name, data in made.files.items():
        if states[name] != "same":
            folder.write(name, data)
    _tell(folder, made, states, as_json=as_json)


def _folder(ctx: typer.Context) -> SchemaFolder:
    return SchemaFolder(context.settings(ctx).schema_folder)


def _state(folder: SchemaFolder, name: str, data: bytes) -> str:
    try:
        return "same" if folder(name) == data else "replaced"
    except FileNotFoundError:
        return "new"


def listed(folder: Resource) -> list[Shape]:
    """One row per known schema: `{kind, version, name, namespace, state, avs, files}`."""
    return [_row(folder, entry) for entry in schemas.KNOWN]


def _row(folder: Resource, entry: schemas.Known) -> Shape:
    files = schemas.closure(entry.name, folder)
    main = files[0].data
    said = schemas.describe(main) if main is not None else None
    state = "absent" if main is None else "found"
    if said is not None and said.namespace != entry.namespace:
        state = "other"  # something else lies under its name
    return {
        "kind": entry.kind,
        "version": entry.version,
        "name": entry.name,
        "namespace": said.namespace if said else entry.namespace,
        "state": state,
        "avs": ", ".join(file.avs_version for file in files if file.avs_version) or None,
        "files": [
            {
                "name": file.name,
                "sha256": hashlib.sha256(file.data).hexdigest() if file.data is not None else None,
                "bytes": len(file.data) if file.data is not None else None,
            }
            for file in files
        ],
    }


def checked(folder: Resource, entry: schemas.Known) -> Shape:
    """`{kind, version, name, state, why}`; state `ok`, `failed` or `absent`."""
    state, why = "ok", ""
    try:
        said = schemas.describe(folder(entry.name))
        if said is None or said.namespace != entry.namespace:
            state, why = "failed", f"it is not a schema for {entry.namespace}"
        else:
            xsd.schema(folder, entry.name)
    except (SchemaAbsent, FileNotFoundError):
        state = "absent"
    except SchemaUnusable as wrong:
        state, why = "failed", wrong.why
    return {
        "kind": entry.kind,
        "version": entry.version,
        "name": entry.name,
        "state": state,
        "why": clip(why, 400),
    }


def _tell(folder: SchemaFolder, made: Plan, states: dict[str, str], *, as_json: bool) -> None:
    """What was done; exit 1 when something installed does not compile."""
    rows = [
        {"name": name, "state": state, "from": printable(made.origins[name])}
        for name, state in sorted(states.items())
    ]
    fresh = SchemaFolder(folder.root)
    checks = [checked(fresh, entry) for entry in schemas.KNOWN if entry.name in states]
    failed = [row for row in checks if row["state"] == "failed"]
    if as_json:
        context.print_json(
            {
                "folder": str(folder.root),
                "files": rows,
                "missing": made.missing,
                "unknown": [printable(path) for path in made.unknown],
                "doubles": [printable(path) for path in made.doubles],
                "failed": failed,
            }
        )
    else:
        context.print_table(("state", "name", "from"), rows)
        for name, importer in made.missing.items():
            context.err.print(f"missing: {name}, which {importer} imports", markup=False)
        for row in failed:
            context.err.print(f"does not compile: {row['name']}: {row['why']}", markup=False)
        typer.echo(f"folder: {folder.root}")
    raise typer.Exit(1 if failed else 0)
