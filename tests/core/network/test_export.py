"""The exported network: loaded in fresh processes, of this torch and an old one, at any size."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch

from platekey.core.errors import OutputError
from platekey.core.network.cues import make_cues
from platekey.core.network.export import KNOBS, export_network
from platekey.core.network.model import MattingNetwork, coarse_factor
from platekey.core.network.options import NetworkOptions
from platekey.core.network.shadow import shadow_factor
from platekey.core.plate.noise import NoiseModel

pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit.load:DeprecationWarning")
SIZES = [(1, 1), (33, 47), (40, 1), (64, 530)]  # the last of more than one tile
OLD_PYTHON = "/usr/bin/python3"  # Debian's, whose torch is of the age of Nuke's
LOADER = """
import json, sys
import numpy, torch
folder, results = sys.argv[1], {}
module = torch.jit.load(folder + "/network.pt")
print(torch.__version__, file=sys.stderr)
for case in json.load(open(folder + "/cases.json")):
    packed = torch.from_numpy(numpy.load(folder + "/" + case["name"] + ".in.npy"))
    module.use_hint, module.result, module.noise = case["use_hint"], case["result"], case["noise"]
    with torch.no_grad():
        found = module(packed)
    numpy.save(folder + "/" + case["name"] + ".out.npy", found.numpy())
"""


def noise_of(deviation):
    variance = deviation**2
    shape = (1, 3, 1, 1)
    return NoiseModel(torch.full(shape, 0.9 * variance / 0.18), torch.full(shape, 0.1 * variance))


def expected(network, packed, case):
    """What the network itself answers, packed as the export does."""
    plate, clean_plate, hint = packed[:, :3], packed[:, 3:6], packed[:, 6:7]
    used = hint if case["use_hint"] else None
    cues = make_cues(plate, clean_plate, noise_of(case["noise"]), hint=used)
    with torch.no_grad():
        matte = network(cues, coarse_factor(*plate.shape[-2:]))
    if case["result"] == 2:
        shadow = shadow_factor(matte.background, clean_plate, cues.exposure)
        return torch.cat([shadow, matte.error], 1)
    colour = matte.foreground * matte.alpha if case["result"] == 0 else matte.foreground
    return torch.cat([colour, matte.alpha], 1)


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """The network, and a folder with its export and pictures for it."""
    torch.manual_seed(4)
    network = MattingNetwork(NetworkOptions(sixteenth=16, depth=1, hidden=4)).eval()
    folder = tmp_path_factory.mktemp("exported")
    export_network(network, folder / "network.pt")
    generator, cases = torch.Generator().manual_seed(1), []
    for index, size in enumerate(SIZES):
        case = {"use_hint": index % 2, "result": index % 3, "noise": 0.005 + 0.01 * index}
        case["name"] = f"case{index}"
        packed = 1.2 * torch.rand(1, 7, *size, generator=generator) - 0.1
        np.save(folder / f"{case['name']}.in.npy", packed.numpy())
        cases.append(case)
    (folder / "cases.json").write_text(json.dumps(cases))
    return network, folder, cases


def check(exported, interpreter):
    network, folder, cases = exported
    command = [interpreter, "-I", "-W", "ignore", "-c", LOADER, str(folder)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    for case in cases:
        packed = torch.from_numpy(np.load(folder / f"{case['name']}.in.npy"))
        found = torch.from_numpy(np.load(folder / f"{case['name']}.out.npy"))
        torch.testing.assert_close(found, expected(network, packed, case), rtol=1e-4, atol=1e-4)


def test_a_fresh_process_gets_what_the_network_says(exported):
    check(exported, sys.executable)


def test_an_old_torch_gets_the_same(exported):
    probe = [OLD_PYTHON, "-I", "-c", "import numpy, torch; print(torch.__version__)"]
    try:
        found = subprocess.run(probe, capture_output=True, text=True, check=False)
    except OSError:
        pytest.skip(f"{OLD_PYTHON} is not there")
    if found.returncode or not found.stdout.startswith("1."):
        pytest.skip(f"{OLD_PYTHON} has no torch 1.x; install Debian's python3-torch")
    check(exported, OLD_PYTHON)


def test_the_plate_comes_back_bit_for_bit_where_alpha_is_one(exported, tmp_path):
    network, _, _ = exported
    with torch.no_grad():
        network.coarse.answer.bias[0] += 50
    export_network(network, tmp_path / "network.pt")
    with torch.no_grad():
        network.coarse.answer.bias[0] -= 50
    packed = 1000 * torch.randn(1, 7, 20, 30, generator=torch.Generator().manual_seed(1))
    module = torch.jit.load(tmp_path / "network.pt")
    with torch.no_grad():
        found = module(packed)
    solid = (found[:, 3:] == 1).expand(-1, 3, -1, -1)
    assert solid.float().mean() > 0.2
    assert torch.equal(found[:, :3][solid], packed[:, :3][solid])


def test_six_channels_do_as_well_and_knobs_are_of_their_types(exported):
    _, folder, _ = exported
    module = torch.jit.load(folder / "network.pt")
    packed = torch.rand(1, 7, 16, 16)
    module.use_hint = 1
    with torch.no_grad():
        six = module(packed[:, :6])
        module.use_hint = 0
        assert torch.equal(six, module(packed))
    found = {name: getattr(module, name) for name in KNOBS}
    assert found == {name: default for name, (default, _) in KNOBS.items()}
    assert [type(found[name]) for name in KNOBS] == [float, int, int]


def test_a_folder_that_is_not_there_is_told(exported, tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        export_network(exported[0], tmp_path / "gone" / "network.pt")
