"""The catalog: every model under the name of its file, none twice."""

from drivers.instruments.catalog import MODELS


def test_every_model_is_listed_once_under_the_name_of_its_file() -> None:
    assert len(set(MODELS.values())) == len(MODELS) > 0
    for name, model in MODELS.items():
        assert model.__module__ == f"drivers.instruments.{name}"
