"""The Dockerfile, read as text: no engine runs in the tests, so its steps are those of make."""

from __future__ import annotations

import re

import pytest

from core.settings import Settings
from tests.fixtures.environment import REPOSITORY
from tests.meta.tree import PACKAGES, read


def instructions() -> list[tuple[str, str]]:
    """(instruction, rest) of the Dockerfile, continued lines joined, comments left out."""
    text = re.sub(r"\\\n\s*", "", read(REPOSITORY / "Dockerfile"))
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]


def of(word: str) -> list[str]:
    return [rest for instruction, rest in instructions() if instruction == word]


def let_in() -> set[str]:
    lines = read(REPOSITORY / ".dockerignore").splitlines()
    return {line[1:] for line in lines if line.startswith("!")}


def test_every_copied_source_exists_and_is_let_in() -> None:
    sources = [
        source
        for rest in of("COPY")
        if "--from=" not in rest
        for source in rest.split()[:-1]
        if not source.startswith("--")
    ]
    assert "." in sources
    for source in set(sources) - {"."}:
        assert (REPOSITORY / source).exists(), source
        assert source in let_in(), source


def test_everything_the_wheel_is_built_from_is_let_in() -> None:
    needed = {*PACKAGES, "pyproject.toml", "requirements.lock", "README.md", "LICENSE", "scripts"}
    assert let_in() == needed
    assert {name for name in needed if not (REPOSITORY / name).exists()} == set()


@pytest.mark.parametrize("step", of("RUN"))
def test_every_build_step_is_a_script_that_make_uses_too(step: str) -> None:
    makefile = read(REPOSITORY / "Makefile")
    scripts = re.findall(r"(scripts/\w+\.sh)", step)
    assert scripts, "a step of the image alone would be proven by nobody"
    for script in scripts:
        assert (REPOSITORY / script).exists(), script
        assert script in makefile, script


def test_it_runs_as_an_unprivileged_user_and_owns_its_data_folder() -> None:
    user = of("USER")[-1]
    assert re.fullmatch(r"[1-9]\d{4}:[1-9]\d{4}", user)
    assert any(f"--chown={user}" in rest and rest.endswith(" /data") for rest in of("COPY"))
    assert of("VOLUME") == ["/data"]


def test_it_listens_on_the_default_ports_and_asks_for_its_health() -> None:
    settings = Settings()
    assert of("EXPOSE") == [f"{settings.web.port} {settings.sftp.port}"]
    assert f"http://127.0.0.1:{settings.web.port}/healthz" in of("HEALTHCHECK")[0]


def test_stages_share_one_base_so_that_the_environment_fits_its_python() -> None:
    assert len({rest.split(" AS ")[0] for rest in of("FROM")}) == 1
    assert len(of("FROM")) == 2
