from __future__ import annotations

import pytest

from server.web.listen import local_path


@pytest.mark.parametrize(
    "text", ["/", "/releases/4f2c-11?x=1", "/console/deliveries/dlv_0001?show=you"]
)
def test_own_paths_are_gone_on_to(text: str) -> None:
    assert local_path(text) == text


@pytest.mark.parametrize(
    "text",
    ["", "https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example",
     "\\\\elsewhere", "javascript:alert(1)", "/\n//elsewhere.example", "/\t/elsewhere.example"],
)  # fmt: skip
def test_other_places_become_home(text: str) -> None:
    assert local_path(text) == "/"
