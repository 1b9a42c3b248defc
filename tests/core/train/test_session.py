import pytest
import torch

from platekey.core.errors import Diverged
from platekey.core.train.options import LossOptions, Precision, Stage
from platekey.core.train.parallel import Ranks
from platekey.core.train.session import Session

CPU = torch.device("cpu")


@pytest.mark.parametrize("stage", list(Stage))
def test_a_tiny_batch_is_learned(make_tiny, make_options, batch, stage):
    session = Session(make_tiny(), make_options(stage=stage, steps=60, rate=1e-2), CPU, Ranks())
    found = [session.train(batch)["total"] for _ in range(25)]
    assert min(found[-3:]) < 0.6 * found[0]


@pytest.mark.parametrize(("stage", "frozen"), [(Stage.COARSE, "refine"), (Stage.REFINE, "coarse")])
def test_the_other_stage_stays_as_it_is(make_tiny, make_options, batch, stage, frozen):
    network = make_tiny()
    before = {name: each.clone() for name, each in network.state_dict().items()}
    Session(network, make_options(stage=stage), CPU, Ranks()).train(batch)
    for name, each in network.state_dict().items():
        if name.startswith(frozen):
            assert torch.equal(each, before[name]), name
    assert any(not torch.equal(each, before[name]) for name, each in network.state_dict().items())


def test_a_term_of_weight_0_is_left_out(make_tiny, make_options, batch):
    options = make_options(losses=LossOptions(laplacian=0, composite=0))
    terms = Session(make_tiny(), options, CPU, Ranks()).train(batch)
    left = ("alpha", "gradient", "foreground", "background", "error")
    assert set(terms) == {f"coarse_{name}" for name in left} | {"total"}
    assert terms["total"] == pytest.approx(sum(v for n, v in terms.items() if n != "total"))


def test_short_numbers_train_too(make_tiny, make_options, batch):
    session = Session(make_tiny(), make_options(precision=Precision.BF16), CPU, Ranks())
    assert torch.isfinite(torch.tensor(session.train(batch)["total"]))


def test_a_loss_that_is_no_number_stops_before_it_spoils_the_weights(
    make_tiny, make_options, batch
):
    session = Session(make_tiny(), make_options(), CPU, Ranks())
    before = [each.clone() for each in session.network.parameters()]
    batch["alpha"][0, 0, 0, 0] = float("nan")
    with pytest.raises(Diverged, match="step 0"):
        session.train(batch)
    for ours, each in zip(before, session.network.parameters(), strict=True):
        assert torch.equal(ours, each)


def test_the_rate_rises_and_falls(make_tiny, make_options):
    session = Session(make_tiny(), make_options(steps=100, warm_up=10, rate=1.0), CPU, Ranks())
    rates = []
    for session.step in range(100):
        rates.append(session.rate())
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == rates[9] or max(rates) == rates[10]
    assert rates[99] < 0.02
    assert rates[10:] == sorted(rates[10:], reverse=True)


def test_the_average_follows_the_network(make_tiny, make_options, batch):
    session = Session(make_tiny(), make_options(steps=50, rate=1e-2), CPU, Ranks())
    for _ in range(5):
        session.train(batch)
    for name, each in session.network.state_dict().items():
        if not each.is_floating_point():
            assert torch.equal(session.average[name], each)
    name = "coarse.stem.conv.weight"
    assert not torch.equal(session.average[name], session.network.state_dict()[name])
    assert torch.equal(session.averaged().state_dict()[name], session.average[name])
