"""The engine: batches shared, order kept, room bounded, failures contained, the event loop free."""

import asyncio
import threading
import time

import httpx
import pytest
import torch
from torch import nn

from backend.main import create_app
from backend.services.errors import BrokenOutputError, EngineBusyError, EngineStoppedError
from backend.services.inference import PREDICTION, InferenceEngine, Operation

pytestmark = pytest.mark.anyio


UNLUCKY = 999.0


class Probe(nn.Module):
    """Answers with the number of ones in X and remembers its batches; waits while its gate is closed."""

    def __init__(self):
        super().__init__()
        self.gate = threading.Event()
        self.gate.set()
        self.batches: list[int] = []

    def forward(self, X):
        self.gate.wait(5)
        self.batches.append(len(X))
        if bool((X == UNLUCKY).any()):
            raise RuntimeError("unlucky")
        p = X.sum((1, 2)).div(10_000)
        return torch.stack([p.log(), (1 - p).log()], dim=1)


def engine_of(probe, **options):
    options = {"device": "cpu", "max_batch": 8, "max_waiting": 100, "n_threads": 1} | options
    return InferenceEngine({"probe": probe, "other": probe}, **options)


def windows(n, value=1.0):
    return torch.arange(1, n + 1)[:, None, None].expand(n, 4, 10) * value


ASK = Operation(PREDICTION, "probe")


async def test_requests_that_wait_share_batches_and_get_their_own_results():
    probe = Probe()
    with engine_of(probe, max_batch=64) as engine, engine.admit(33) as run:
        probe.gate.clear()
        requests = [asyncio.create_task(run(ASK, windows(1, i + 1.0))) for i in range(32)]
        await asyncio.sleep(0.05)
        probe.gate.set()
        results = await asyncio.gather(*requests)
    assert sum(probe.batches) == 32
    assert len(probe.batches) <= 3
    assert [r["probability"].item() for r in results] == pytest.approx([0.004 * (i + 1) for i in range(32)])


async def test_large_requests_run_in_chunks_between_which_small_ones_pass():
    probe = Probe()
    order = []
    with engine_of(probe, max_batch=4) as engine, engine.admit(8) as run:

        async def ask(name, n, checkpoint):
            await run(Operation(PREDICTION, checkpoint), windows(n))
            order.append(name)

        large = asyncio.create_task(ask("large", 20, "probe"))
        await asyncio.sleep(0)
        await asyncio.gather(large, ask("small", 1, "other"))
    assert order == ["small", "large"]
    assert sorted(probe.batches) == [1, 4, 4, 4, 4, 4]


async def test_temporal_outputs_run_one_window_at_a_time(checkpoint_folder):
    from models.checkpoints import load_checkpoint
    from models.explanations import EXPLANATIONS

    network = load_checkpoint("alpha_cells-demo_rnn", folder=checkpoint_folder).network
    calls = []
    network.recurrent.forward_lstm.register_forward_hook(lambda module, inputs, output: calls.append(len(inputs[0])))
    engine = InferenceEngine({"rnn": network}, device="cpu", max_batch=64, max_waiting=100, n_threads=1)
    parameters = EXPLANATIONS.get("temporal_output").parameters()
    with engine, engine.admit(3) as run:
        tracks = await run(
            Operation("temporal_output", "rnn", parameters),
            torch.eye(4).repeat(3, 1, 26)[:, :, :101] * torch.arange(3)[:, None, None],
        )
    assert {name: values.shape for name, values in tracks.items()} == {
        "temporal_forward": (3, 101),
        "temporal_backward": (3, 101),
    }
    assert calls.count(1) == 3


async def test_an_explanation_is_computed_once_until_another_network_has_the_name(checkpoint_folder, monkeypatch):
    from models.checkpoints import load_checkpoint
    from models.explanations import EXPLANATIONS

    networks = {"one": load_checkpoint("alpha_cells-demo_cnn", folder=checkpoint_folder).network}
    engine = InferenceEngine(networks, device="cpu", max_batch=64, max_waiting=100, n_threads=1)
    ask = Operation("in_silico_mutagenesis", "one", EXPLANATIONS.get("in_silico_mutagenesis").parameters())
    X = torch.eye(4).repeat(1, 1, 26)[:, :, :101]
    monkeypatch.setattr("backend.services.inference.REMEMBERED", 2)
    with engine, engine.admit(1) as run:
        first, again = await run(ask, X), await run(ask, X)
        networks["one"] = load_checkpoint("beta_cells-demo_cnn", folder=checkpoint_folder).network
        other = await run(ask, X)
        for shift in (1, 2, 3):
            await run(ask, X.roll(shift, 2))
    assert first["mutations"] is again["mutations"]
    assert not first["mutations"].flags.writeable
    assert (first["mutations"] != other["mutations"]).any()
    assert len(engine._known) == 2


async def test_a_failure_reaches_its_own_request_only():
    probe = Probe()
    with engine_of(probe) as engine, engine.admit(3) as run:
        bad = asyncio.create_task(run(Operation(PREDICTION, "other"), windows(1, UNLUCKY)))
        good = asyncio.create_task(run(ASK, windows(1)))
        assert (await good)["probability"].item() == pytest.approx(0.004)
        with pytest.raises(RuntimeError, match="unlucky"):
            await bad
        assert (await run(ASK, windows(1)))["probability"].item() == pytest.approx(0.004)


async def test_what_is_no_number_is_an_error():
    with engine_of(Probe()) as engine, engine.admit(1) as run, pytest.raises(BrokenOutputError, match="probe"):
        await run(ASK, torch.full((1, 4, 10), torch.nan))


async def test_nobody_computes_for_a_request_that_is_gone():
    probe = Probe()
    with engine_of(probe, max_batch=1) as engine, engine.admit(3) as run:
        probe.gate.clear()
        first = asyncio.create_task(run(ASK, windows(1)))
        await asyncio.sleep(0.02)
        gone, last = asyncio.create_task(run(ASK, windows(1))), asyncio.create_task(run(ASK, windows(1)))
        await asyncio.sleep(0)
        gone.cancel()
        probe.gate.set()
        await asyncio.gather(first, last)
    assert probe.batches == [1, 1]


async def test_there_is_room_for_so_many_windows_and_an_idle_engine_takes_any_one_request():
    with engine_of(Probe(), max_waiting=10) as engine:
        with engine.admit(99):
            pass
        with engine.admit(6):
            with engine.admit(4), pytest.raises(EngineBusyError, match="10 windows and genes are already waiting"):
                engine.admit(1).__enter__()
            with engine.admit(4):
                pass


async def test_what_waits_when_the_engine_ends_is_told_so():
    probe = Probe()
    engine = engine_of(probe, max_batch=1)
    with engine.admit(2) as run:
        engine.__enter__()
        probe.gate.clear()
        requests = [asyncio.create_task(run(ASK, windows(1))) for _ in range(2)]
        await asyncio.sleep(0.02)
        threading.Timer(0.05, probe.gate.set).start()
        engine.__exit__()
        running, waiting = await asyncio.gather(*requests, return_exceptions=True)
        assert running["probability"].item() == pytest.approx(0.004)
        assert isinstance(waiting, EngineStoppedError)
        with pytest.raises(EngineStoppedError):
            await run(ASK, windows(1))


async def test_the_event_loop_stays_free_while_networks_run():
    probe = Probe()
    with engine_of(probe) as engine, engine.admit(1) as run:
        probe.gate.clear()
        threading.Timer(0.2, probe.gate.set).start()
        request = asyncio.create_task(run(ASK, windows(1)))
        longest, last = 0.0, time.perf_counter()
        while not request.done():
            await asyncio.sleep(0.005)
            longest, last = max(longest, time.perf_counter() - last), time.perf_counter()
    assert longest < 0.15


async def test_thirty_two_requests_over_http_share_their_batches(app, client, sequences):
    network = app.state.context.checkpoints["alpha_cells-demo_rnn"].network
    calls = []
    hook = network.register_forward_hook(lambda module, inputs, output: calls.append(len(inputs[0])))
    try:
        bodies = [{"sequences": sequence, "factors": ["alpha_cells"]} for sequence in sequences[:32]]
        responses = await asyncio.gather(*(client.post("/sequence-analyses", json=body) for body in bodies))
    finally:
        hook.remove()
    assert {response.status_code for response in responses} == {200}
    assert sum(calls) == 64
    assert len(calls) <= 16


async def test_a_busy_service_says_when_to_come_back(settings, sequences):
    app = create_app(settings.model_copy(update={"queue_windows": 16}))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://api/api/v1") as client:
            bodies = [{"sequences": sequence, "factors": ["alpha_cells"]} for sequence in sequences[:12]]
            responses = await asyncio.gather(*(client.post("/sequence-analyses", json=body) for body in bodies))
            assert (await client.post("/sequence-analyses", json=bodies[0])).status_code == 200
    refused = [response for response in responses if response.status_code == 503]
    assert 0 < len(refused) < len(responses)
    for response in refused:
        assert response.headers["retry-after"] == "1"
        assert response.json()["type"] == "/problems/busy"
