"""The site whose files a test may spoil."""

from pathlib import Path

import pytest

from tests.rigs.recipe_site import RecipeSite


@pytest.fixture
def site(tmp_path: Path) -> RecipeSite:
    return RecipeSite.copy_to(tmp_path)
