from __future__ import annotations

import contextlib

import imageio_ffmpeg
import pytest

from core import spawn
from core.errors import PartMissing
from tests.integration.transcode import outputs
from transcode.ffmpeg import Ffmpeg, locate


def _paths() -> dict[str, str]:
    """Every ffmpeg of this machine, so that each that exists is tested."""
    found = {"wheel": str(imageio_ffmpeg.get_ffmpeg_exe())}
    with contextlib.suppress(PartMissing):
        found["system"] = spawn.find("ffmpeg", "ffmpeg")
    return found


@pytest.fixture(scope="session", params=_paths().items(), ids=lambda item: item[0])
def tool(request: pytest.FixtureRequest) -> Ffmpeg:
    return locate(request.param[1])


@pytest.fixture(scope="session")
def ladder_outputs(tmp_path_factory: pytest.TempPathFactory) -> outputs.Outputs:
    """The folder of the published asset of every input, made when it is first asked for."""
    return outputs.Outputs(tmp_path_factory.mktemp("ladder"))
