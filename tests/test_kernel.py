"""In a real Jupyter kernel: cells that run, and a cell that is interrupted."""

import pytest
from jupyter_client.manager import start_new_kernel


@pytest.fixture
def kernel(monkeypatch, sample):
    """A running kernel; `run(code)` gives what a cell printed and showed, or the name and words of its error."""
    monkeypatch.chdir(sample)
    manager, client = start_new_kernel(kernel_name="python3")

    def run(code, act=None):
        asked = client.execute(code)
        said = ""
        while True:
            message = client.get_iopub_msg(timeout=60)
            if message["parent_header"].get("msg_id") != asked:
                continue
            content = message["content"]
            match message["msg_type"]:
                case "stream":
                    said += content["text"]
                case "display_data" if act is not None:
                    act()
                    act = None
                case "error":
                    said += f"{content['ename']}: {content['evalue']}"
                case "status" if content["execution_state"] == "idle":
                    return said

    run.interrupt = manager.interrupt_kernel
    yield run
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def test_an_interrupted_cell(kernel):
    """Interrupting a cell says so, keeps what had arrived, and the next cell replays as if nothing had been."""
    kernel("import emotoolkit as emo")
    code = """
import warnings; warnings.simplefilter("ignore")
player = emo.Player("talk.wav", emo.EmotionLogic(), speed=4).start()
while player.sent < 4 or not len(player.replays[0].segments): pass
player.wait(progress=True)
"""
    said = kernel(code, kernel.interrupt)
    assert "ReplayInterrupted: Interrupted after" in said
    assert "What had arrived is in this error's `.replay`" in said
    said = kernel("import sys; partial = sys.last_value.replay; print(len(partial.segments) > 0, partial.complete)")
    assert said == "True False\n"
    said = kernel("print(emo.replay('talk.wav', emo.EmotionLogic(), speed=float('inf'), progress=False).complete)")
    assert said == "True\n"


def test_the_notebook_may_be_busy(kernel):
    """While a cell sorts millions of numbers, packets leave on time: the sender is another process."""
    code = """
import emotoolkit as emo, random
numbers = [random.random() for _ in range(500_000)]
player = emo.Player("talk.wav", emo.EmotionLogic(), speed=16).start()
while player.playing: sorted(numbers)
(voice,) = player.wait()
print(voice.complete, (voice.packets["lateness"] >= 0).all(), len(voice.packets))
"""
    assert kernel(code) == "True True 100\n"
