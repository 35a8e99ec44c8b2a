"""The base messages: valid by their schema and without any finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ddex.ern.examine import examine
from tests.fixtures.ern_messages import VERSIONS, base
from tests.unit.ddex.ern.rules.planting import KNOWN

if TYPE_CHECKING:
    from core.schemas import SchemaFolder


@pytest.mark.parametrize("version", VERSIONS)
def test_a_clean_message_has_no_finding_of_any_rule(
    version: str, schema_folder: SchemaFolder
) -> None:
    found = examine(base(version), resource=schema_folder, context=KNOWN)
    assert found.findings == ()
    assert found.schema == "used"
    assert found.version == version
