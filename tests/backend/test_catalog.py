"""What can be asked, drawn from registries and cards."""

import pytest

from models.architectures import ARCHITECTURES
from models.baselines import BASELINES
from models.explanations import EXPLANATIONS

pytestmark = pytest.mark.anyio


async def test_the_catalog_lists_factors_with_their_checkpoints_networks_first(client):
    factors = (await client.get("/catalog")).json()["factors"]
    assert [factor["name"] for factor in factors] == ["alpha_cells", "beta_cells"]
    architectures = (*ARCHITECTURES, *BASELINES)
    assert factors[1]["checkpoints"] == [f"beta_cells-{architecture}" for architecture in architectures]
    assert (factors[0]["title"], factors[0]["cell_type"], factors[0]["best_auroc"]) == ("ALPHA_CELLS", "cells", 0.9)


async def test_the_catalog_lists_every_explanation_with_its_parameters_and_refusals(client):
    explanations = {e["name"]: e for e in (await client.get("/catalog")).json()["explanations"]}
    assert list(explanations) == list(EXPLANATIONS)
    assert explanations["saliency"]["parameters"]["properties"]["label"]["default"] == "predicted"
    assert set(explanations["temporal_output"]["refused"]) == {"demo_cnn", "kmer_logistic"}


async def test_the_catalog_says_the_limits(client, settings):
    limits = (await client.get("/catalog")).json()["limits"]
    assert limits == {
        "records": 300, "bases": 50_000, "bytes": 100_000, "explained_rows": 4, "window_length": 101, "tile_step": 50,
    }  # fmt: skip


async def test_examples_ask_for_factors_that_exist(client):
    assert (await client.get("/catalog")).json()["examples"] == []


async def test_cards_are_served_one_by_one_and_together(client):
    cards = (await client.get("/checkpoints")).json()
    assert len(cards) == 8
    assert (await client.get(f"/checkpoints/{cards[5]['name']}")).json() == cards[5]
    assert len(cards[0]["sha256"]) == 64
