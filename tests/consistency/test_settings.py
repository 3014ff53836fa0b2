"""Settings: defaults, the paper's, and what is refused."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from isoglot import Consistency
from isoglot.consistency import settings
from isoglot.errors import ConfigError
from isoglot.objectives import OBJECTIVES
from isoglot.objectives._rows import CENTERS
from isoglot.objectives.rank_one import SCALINGS
from isoglot.representation.extractor import EXTRACTORS
from isoglot.representation.space import SPACES


def test_names_are_those_that_exist():
    assert set(settings.OBJECTIVE_NAMES) == set(OBJECTIVES)
    assert settings.SCALINGS == SCALINGS
    assert settings.SPACES == SPACES
    assert settings.EXTRACTORS == EXTRACTORS
    assert (*CENTERS, "prompt") == settings.CENTERS


def test_as_released_is_the_papers():
    paper = Consistency.as_released()
    assert (paper.objective, paper.layer, paper.weight, paper.every) == ("rank_one", -1, 0.8, 2)
    assert (paper.temperature, paper.scaling, paper.extractor, paper.extractor_dim) == (0.2, "leading", "linear", 512)
    assert (paper.retention, paper.space, paper.budget) == (0, "raw", None)
    assert Consistency.as_released(weight=0.3).weight == 0.3


def test_plain_values_go_there_and_back():
    made = Consistency(layer=[2, 0.5], kinds=["harmful", "harmless"], weight=0.25)
    assert Consistency.from_dict(made.to_dict()) == made
    assert made.layers == (2, 0.5)


def test_every_wrong_setting_is_told_at_once():
    wrong = {"objective": "rank_on", "layer": 0, "weight": -1, "every": 0, "temperature": 0, "scaling": "x"}
    wrong |= {
        "extractor": "lineal",
        "extractor_bias": "no",
        "retain": 1.5,
        "separation": -1,
        "center": "group",
        "hold_pivot": 1,
    }
    wrong |= {"retention": "much", "kinds": ["harmfull"], "languages_per_step": 1, "seed": 1.5}
    with pytest.raises(ConfigError) as raised:
        Consistency.from_dict(wrong | {"weigth": 1})
    lines = str(raised.value).splitlines()
    assert len(lines) == len(wrong) + 1
    assert "Did you mean 'rank_one'?" in str(raised.value)
    assert "Did you mean 'weight'?" in lines[-1]
    for name in wrong:
        assert any(line.startswith(f"consistency.{name}: expected") for line in lines), name


@pytest.mark.parametrize("value", [True, float("nan"), float("inf"), None, "1"])
def test_a_weight_is_a_finite_number(value):
    with pytest.raises(ConfigError, match="weight"):
        Consistency(weight=value)


def test_scale_follows_every_and_warm_up():
    made = Consistency(weight=2.0, every=2, warmup=4)
    assert [made.scale(step) for step in range(6)] == [0.5, 0, 1.5, 0, 2.0, 0]


def test_settings_are_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        Consistency().weight = 2.0
