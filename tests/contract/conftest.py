"""Staff for these tests join beside HTTP, so that no test waits for the join limit."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cloudfunctions.common.resources import Resources
from tests.contract.crew import Member
from tests.support.copy import Copy
from tests.support.people import Staff


@pytest.fixture
def staff(running: Copy, resources: Resources) -> Callable[[str], Staff]:
    """Make a staff member of a role."""
    return lambda role: Member(running.address, resources, role)
