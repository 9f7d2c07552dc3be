"""Requests made from the description, right ones and wrong ones: each is answered as the description says.

`make test-api` does the same at length, against a server that listens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.generation import GenerationMode

if TYPE_CHECKING:
    from conftest import Site

EXAMPLES = 12  # of each address and kind


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_every_request_is_answered_as_described(site: Site, mode: GenerationMode) -> None:
    api = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", site.client.application)
    operations = [one.ok() for one in api.get_all_operations()]
    assert len(operations) >= 9
    for operation in operations:
        if mode is GenerationMode.NEGATIVE and not operation.query:
            continue  # nothing can be wrong with it

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def check(case: schemathesis.Case) -> None:
            case.call_and_validate()

        check()
