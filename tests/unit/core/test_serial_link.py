"""A serial line over a real pseudo-terminal: replies, silence, noise, lost and found wires."""

import asyncio
from pathlib import Path

import pytest

from drivers.core.clock import Clock, RealClock
from drivers.core.errors import Garbled, LinkLost, NoReply, Rejected, WrongDevice
from drivers.core.framing import delimited, fixed_length
from drivers.core.links.base import pause_until
from drivers.core.links.serial import Conversation, SerialLink, SerialSettings
from tests.rigs.wires import PtyDevice, Script, in_virtual_time

LINE = delimited(b"\r")
SETTINGS = SerialSettings()


def echo(data: bytes) -> list[tuple[float, bytes]]:
    return [(0.01, b"re " + data)]


def slow_first(delay_s: float) -> Script:
    """Answers the very first request after `delay_s`, all others after 10 ms."""
    heard: list[bytes] = []

    def script(data: bytes) -> list[tuple[float, bytes]]:
        heard.append(data)
        return [(delay_s if len(heard) == 1 else 0.01, b"re " + data)]

    return script


def link_to(device: PtyDevice, clock: Clock, settings: SerialSettings = SETTINGS) -> SerialLink:
    return SerialLink("bench.meter", device.path, settings, clock=clock)


async def test_a_request_gets_its_reply() -> None:
    clock = RealClock()
    device = PtyDevice(clock, echo)
    link = link_to(device, clock)
    link.trace.on = True
    assert await link.exchange(b"one\r", LINE) == b"re one"
    assert await link.exchange(b"two\r", LINE) == b"re two"
    assert (link.stats.requests, link.stats.replies, link.stats.up) == (2, 2, True)
    assert (link.stats.bytes_sent, link.stats.bytes_received) == (8, 14)
    assert 0.005 < link.stats.latency_s < 1.0
    assert link.trace.lines()[0].endswith("tx 6f 6e 65 0d |one.|")
    await link.close()
    device.unplug()


def test_a_late_reply_never_answers_the_next_request() -> None:
    async def main(clock: Clock) -> None:
        device = PtyDevice(clock, slow_first(0.52))
        link = link_to(device, clock)
        with pytest.raises(NoReply, match=r"bench.meter: no reply in 0.5 s"):
            await link.exchange(b"one\r", LINE, timeout_s=0.5)
        assert clock.monotonic() == pytest.approx(0.5)
        assert await link.exchange(b"two\r", LINE) == b"re two"
        assert link.stats.timeouts == 1
        await link.close()
        device.unplug()

    in_virtual_time(main)


def test_a_reply_later_than_the_drain_is_swallowed_by_the_check() -> None:
    async def main(clock: Clock) -> None:
        device = PtyDevice(clock, slow_first(0.555))
        link = link_to(device, clock)

        async def identify(conversation: Conversation) -> None:
            await conversation.send(b"who\r")
            if await conversation.receive(LINE, timeout_s=0.5) != b"re who":
                raise WrongDevice("not the meter")

        link.on_suspect(identify)
        with pytest.raises(NoReply):
            await link.exchange(b"one\r", LINE, timeout_s=0.5)
        assert await link.exchange(b"two\r", LINE) == b"re two"
        assert device.requests == [b"one\r", b"who\r", b"who\r", b"two\r"]
        assert await link.exchange(b"three\r", LINE) == b"re three"
        assert len(device.requests) == 5
        await link.close()
        device.unplug()

    in_virtual_time(main)


def test_another_device_behind_the_wire_is_refused_until_it_is_changed() -> None:
    async def main(clock: Clock) -> None:
        device = PtyDevice(clock, slow_first(9.0))
        link = link_to(device, clock)

        async def identify(conversation: Conversation) -> None:
            await conversation.send(b"who\r")
            await conversation.receive(LINE, timeout_s=0.5)
            raise WrongDevice("not the meter")

        link.on_suspect(identify)
        with pytest.raises(NoReply):
            await link.exchange(b"one\r", LINE, timeout_s=0.5)
        for _ in range(2):
            with pytest.raises(WrongDevice):
                await link.exchange(b"two\r", LINE)
        assert b"two\r" not in device.requests
        await link.close()
        device.unplug()

    in_virtual_time(main)


def test_a_cancelled_exchange_leaves_nothing_to_the_next() -> None:
    async def main(clock: Clock) -> None:
        device = PtyDevice(clock, slow_first(0.13))
        link = link_to(device, clock)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await link.exchange(b"one\r", LINE)
        assert await link.exchange(b"two\r", LINE) == b"re two"
        await link.close()
        device.unplug()

    in_virtual_time(main)


def test_half_a_frame_is_garbled_and_its_other_half_is_drained() -> None:
    async def main(clock: Clock) -> None:
        halves = [(0.01, b"re o"), (0.51, b"ne\r")]
        device = PtyDevice(clock, lambda data: halves if data == b"one\r" else echo(data))
        link = link_to(device, clock)
        with pytest.raises(Garbled, match="72 65 20 6f is no frame"):
            await link.exchange(b"one\r", LINE, timeout_s=0.5)
        assert await link.exchange(b"two\r", LINE) == b"re two"
        assert link.stats.garbled == 1
        await link.close()
        device.unplug()

    in_virtual_time(main)


def test_a_reply_in_single_bytes_is_one_reply() -> None:
    async def main(clock: Clock) -> None:
        slowly = [(0.01 * at, bytes([byte])) for at, byte in enumerate(b"12.5\r", 1)]
        device = PtyDevice(clock, lambda _: slowly)
        link = link_to(device, clock)
        assert await link.exchange(b"P?\r", LINE) == b"12.5"
        await link.close()
        device.unplug()

    in_virtual_time(main)


def test_what_a_device_says_unasked_answers_nothing() -> None:
    async def main(clock: Clock) -> None:
        device = PtyDevice(clock, echo)
        link = link_to(device, clock)
        await link.open()
        device.say(b"!00\r")
        await clock.sleep_until(1.0)
        assert await link.exchange(b"one\r", LINE) == b"re one"
        await link.close()
        device.unplug()

    in_virtual_time(main)


def test_a_device_that_does_not_stop_talking_is_garbled() -> None:
    async def main(clock: Clock) -> None:
        babble = [(0.02 * at, b"x") for at in range(1, 200)]
        device = PtyDevice(clock, lambda _: babble)
        link = link_to(device, clock)
        with pytest.raises(Garbled):
            await link.exchange(b"one\r", LINE, timeout_s=0.5)
        with pytest.raises(Garbled, match="does not stop talking"):
            await link.exchange(b"two\r", LINE, timeout_s=0.5)
        assert device.requests == [b"one\r"]
        await link.close()
        device.unplug()

    in_virtual_time(main)


def test_the_silence_after_a_command_is_kept() -> None:
    async def main(clock: Clock) -> None:
        device = PtyDevice(clock, lambda data: [] if data == b"set\r" else echo(data))
        link = link_to(device, clock)
        await link.send(b"set\r", gap_s=0.25)
        await link.exchange(b"one\r", LINE, gap_s=0.25)
        replied_s = clock.monotonic()
        await link.send(b"set\r", gap_s=0.25)
        await clock.sleep_until(2.0)
        on_the_way_s = 4 * SETTINGS.character_s
        first_s, second_s, third_s = (at_s for at_s, _ in device.heard)
        assert second_s - first_s == pytest.approx(0.25 + on_the_way_s)
        assert third_s - replied_s == pytest.approx(0.25)
        await link.close()
        device.unplug()

    in_virtual_time(main)


async def test_silence_is_kept_to_a_fraction_of_a_character_in_real_time() -> None:
    clock = RealClock()
    late_s: list[float] = []
    for _ in range(20):
        at_s = clock.monotonic() + 0.0031
        await pause_until(clock, at_s)
        late_s.append(clock.monotonic() - at_s)
    assert min(late_s) >= 0
    assert sorted(late_s)[10] < 0.001


def test_a_conversation_keeps_the_line_and_what_came_too_early() -> None:
    async def main(clock: Clock) -> None:
        device = PtyDevice(clock, lambda data: [(0.01, b"\x06" + data + b"\r")])
        link = link_to(device, clock)

        async def talk(word: bytes) -> tuple[bytes, bytes]:
            async with link.conversation() as conversation:
                await conversation.send(word)
                acknowledge = await conversation.receive(fixed_length(1), timeout_s=1.0)
                return acknowledge, await conversation.receive(LINE, timeout_s=1.0)

        answers = await asyncio.gather(talk(b"a"), talk(b"b"), talk(b"c"))
        assert list(answers) == [(b"\x06", b"a"), (b"\x06", b"b"), (b"\x06", b"c")]
        await link.close()
        device.unplug()

    in_virtual_time(main)


def test_a_device_that_says_no_is_not_suspected_but_one_that_is_not_understood_is() -> None:
    async def main(clock: Clock) -> None:
        device = PtyDevice(clock, echo)
        link = link_to(device, clock)
        checks: list[float] = []

        async def note(_: Conversation) -> None:
            checks.append(clock.monotonic())

        link.on_suspect(note)
        with pytest.raises(Rejected):
            await _refuse(link, Rejected("no"))
        await link.exchange(b"one\r", LINE)
        assert not checks
        with pytest.raises(Garbled):
            await _refuse(link, Garbled("what?"))
        await link.exchange(b"one\r", LINE)
        assert len(checks) == 1
        await link.close()
        device.unplug()

    in_virtual_time(main)


async def _refuse(link: SerialLink, error: Exception) -> None:
    async with link.conversation() as conversation:
        await conversation.send(b"set\r")
        await conversation.receive(LINE, timeout_s=1.0)
        raise error


async def test_a_lost_wire_is_seen_at_once_by_the_request_under_way() -> None:
    clock = RealClock()
    heard = asyncio.Event()

    def script(_: bytes) -> list[tuple[float, bytes]]:
        heard.set()
        return []

    device = PtyDevice(clock, script)
    link = link_to(device, clock)
    pending = asyncio.create_task(link.exchange(b"one\r", LINE, timeout_s=30.0))
    await heard.wait()
    lost_s = clock.monotonic()
    device.unplug()
    with pytest.raises(LinkLost, match="the port is gone"):
        await pending
    assert clock.monotonic() - lost_s < 0.5  # milliseconds, on a machine that has time
    assert not link.stats.up
    await link.close()


def test_a_wire_that_is_plugged_in_again_elsewhere_is_found(tmp_path: Path) -> None:
    async def main(clock: Clock) -> None:
        device = PtyDevice(clock, echo)
        path = tmp_path / "meter"
        path.symlink_to(device.path)
        link = SerialLink("bench.meter", str(path), SETTINGS, clock=clock)
        checked: list[bool] = []

        async def check(_: Conversation) -> None:
            checked.append(True)

        link.on_suspect(check)
        assert await link.exchange(b"one\r", LINE) == b"re one"
        device.unplug()
        with pytest.raises(LinkLost):
            await link.exchange(b"two\r", LINE)
        with pytest.raises(LinkLost):
            await link.exchange(b"two\r", LINE)
        assert not checked
        device.plug_behind(path)
        assert await link.exchange(b"three\r", LINE) == b"re three"
        assert (checked, link.stats.reconnects, link.stats.up) == ([True], 1, True)
        await link.close()
        device.unplug()

    in_virtual_time(main)


def test_a_wire_that_comes_back_within_the_time_out_is_waited_for(tmp_path: Path) -> None:
    async def main(clock: Clock) -> None:
        device = PtyDevice(clock, echo)
        device.unplug()
        path = tmp_path / "meter"
        link = SerialLink("bench.meter", str(path), SETTINGS, clock=clock)
        with pytest.raises(LinkLost, match="cannot open"):
            await link.open()
        asyncio.get_running_loop().call_later(0.6, device.plug_behind, path)
        assert await link.exchange(b"one\r", LINE, timeout_s=1.0) == b"re one"
        assert clock.monotonic() == pytest.approx(0.75 + 0.01, abs=0.01)
        await link.close()
        device.unplug()

    in_virtual_time(main)


def test_a_port_with_parity_can_be_opened_again() -> None:
    async def main(clock: Clock) -> None:
        device = PtyDevice(clock, echo)
        link = link_to(device, clock, SerialSettings(bits=7, parity="E"))
        for _ in range(3):
            await link.open()
            assert await link.exchange(b"one\r", LINE) == b"re one"
            await link.close()
        device.unplug()

    in_virtual_time(main)


def test_a_closed_link_stays_closed() -> None:
    async def main(clock: Clock) -> None:
        device = PtyDevice(clock, echo)
        link = link_to(device, clock)
        await link.open()
        await link.close()
        with pytest.raises(LinkLost, match="is closed"):
            await link.exchange(b"one\r", LINE)
        assert clock.monotonic() == 0.0
        device.unplug()

    in_virtual_time(main)


def test_a_character_has_start_data_parity_and_stop_bits() -> None:
    assert SerialSettings(9600).character_s == pytest.approx(10 / 9600)
    assert SerialSettings(9600, parity="E").character_s == pytest.approx(11 / 9600)
    assert SerialSettings(9600, bits=7, stop_bits=2).character_s == pytest.approx(10 / 9600)
