"""Waits that Ctrl-C ends."""

import os
import signal
import threading

import pytest

from emotoolkit.utils.interrupts import wait_for_event


def test_until():
    """It returns when the event has come, at once where that was before."""
    event = threading.Event()
    threading.Timer(0.01, event.set).start()
    wait_for_event(event)
    assert event.is_set()
    wait_for_event(event)


def test_an_interrupt_just_before_a_wait():
    """A signal that is handled while a wait begins, which that wait cannot notice, ends the next one."""

    class Late(threading.Event):
        def wait(self, timeout=None):
            came = super().wait(timeout)
            os.kill(os.getpid(), signal.SIGINT)
            return came

    with pytest.raises(KeyboardInterrupt):
        wait_for_event(Late())
