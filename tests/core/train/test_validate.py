import torch

from platekey.core.train.options import Stage
from platekey.core.train.validate import difference_matte, validate


def one(batch):
    return {name: each[:1] for name, each in batch.items()}


def test_the_trivial_matte_keys_what_is_plainly_different(batch):
    alpha = difference_matte(batch)
    assert (alpha[batch["alpha"] == 0] == 0).all()
    assert (alpha[batch["alpha"] == 1] == 1).all()


def test_a_network_that_says_nothing_has_the_error_of_an_empty_matte(make_tiny, batch):
    network = make_tiny()
    network.coarse.answer.weight.data[0] = 0
    network.coarse.answer.bias.data[0] = -20  # below any prior
    network.train()
    found = validate(network, [one(batch)], Stage.COARSE)
    truth = batch["alpha"][:1]
    assert abs(found.scores["mad"] - 1000 * float(truth.mean())) < 1e-2
    assert abs(found.scores["mse"] - 1000 * float((truth**2).mean())) < 1e-2
    assert network.training
    assert found.scores["difference_mad"] < found.scores["mad"]
    flat = 1000 * float((batch["alpha"][:1] - 0.5).abs().mean())
    assert abs(found.scores["prior_mad"] - flat) < 1e-2


def test_samples_without_a_band_count_for_the_rest(make_tiny, batch):
    empty = one(batch)
    empty["alpha"] = torch.zeros_like(empty["alpha"])
    found = validate(make_tiny(), [empty], Stage.JOINT)
    assert "band_mad" not in found.scores
    assert found.mattes[0].foreground.shape == (1, 3, 32, 32)
