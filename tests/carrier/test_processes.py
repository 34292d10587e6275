"""The carrier and the dialler as processes, and the settings they start from."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import pytest

import carrier
from carrier.settings import SettingsError, read
from tests.carrier.actions import ask_for_digits, conversation, talk
from tests.carrier.product import World, environment, free_port, play

PAGE = Path(carrier.__file__).parent / "phone"
BARE = {key: value for key, value in os.environ.items() if key in {"PATH", "HOME", "LANG"}}


async def run(*arguments: str, **env: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "carrier",
        *arguments,
        env=BARE | env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


def test_the_dialler_keys_at_each_prompt_and_enters() -> None:
    async def test(world: World) -> None:
        prompt = [talk("Code?", bargeIn=True), ask_for_digits(world, submitOnHash=True)]
        world.product.answers["/answer"] = prompt

        def judge(_: object) -> list[object]:
            last = world.product.at("/input")[-1].body["dtmf"]["digits"]
            return [conversation()] if last == "482" else [talk("No such room"), *prompt]

        world.product.answers["/input"] = judge
        numbers = ["--from", "+15550123", "--to", "+15550100"]
        keys = ["--keys", "123#", "--keys", "482#", "--stay", "0.1"]
        code, out, err = await run("dial", *numbers, *keys, CARRIER_URL=world.base)
        assert (code, err) == (0, "")
        lines = out.splitlines()
        assert lines[lines.index("Code?") :] == [
            "Code?",
            "> 123#",
            "No such room",
            "Code?",
            "> 482#",
            "— in the conversation room-7",
            "— completed",
        ]
        assert lines[lines.index("Code?") - 1] == "— answered"
        completed = (await world.events_until("completed"))[-1]
        assert completed["disconnected_by"] == "user"

    play(test)


def test_a_call_that_does_not_get_in_exits_with_1() -> None:
    async def test(world: World) -> None:
        world.product.answers["/answer"] = [talk("Goodbye")]
        line = ["dial", "--from", "anonymous", "--to", "+15550100"]
        code, out, err = await run(*line, CARRIER_PORT=str(world.settings.port))
        assert (code, err) == (1, "")
        assert out.splitlines()[-2:] == ["Goodbye", "— completed"]
        code, _, err = await run("dial", "--from", "x", "--to", "y", CARRIER_URL=world.base)
        assert code == 1
        assert err.startswith('dial: "from" must be a number')

    play(test)


def test_a_phone_in_the_terminal_is_called_and_keys() -> None:
    async def test(world: World) -> None:
        prompt = [talk("Press 1", bargeIn=True), ask_for_digits(world, maxDigits=1)]
        world.product.answers["/answer"] = prompt
        world.product.answers["/input"] = [talk("Welcome"), conversation()]
        await world.place(to=[{"type": "phone", "number": "447700900123"}])  # another's
        line = ["answer", "--number", "+34600123456", "--url", world.base]
        terminal = asyncio.create_task(run(*line, "--keys", "1"))
        await asyncio.sleep(0.3)
        phone = await world.place()
        await phone.when(lambda call: call["conversation"], 10)
        status, _ = await world.ask(
            "PUT", f"/v1/calls/{phone.uuid}", {"action": "hangup"}, world.token()
        )
        assert status == 204
        code, out, err = await terminal
        assert (code, err) == (0, "")
        assert out.splitlines() == [
            "— 15550100 calls",
            "— answered",
            "Press 1",
            "> 1",
            "Welcome",
            "— in the conversation room-7",
            "— completed",
        ]

    play(test)


def test_a_voicemail_in_the_terminal_and_nobody_who_calls() -> None:
    async def test(world: World) -> None:
        await world.place(machine_detection="hangup")
        line = ["answer", "--number", "34600123456", "--machine", "--timeout", "0"]
        code, out, _ = await run(*line, CARRIER_PORT=str(world.settings.port))
        assert code == 0
        assert out.splitlines()[-1] == "— completed"
        code, out, _ = await run(*line, CARRIER_URL=world.base)
        assert (code, out) == (1, "— nobody called 34600123456\n")
        code, _, err = await run("answer", "--number", "12", CARRIER_URL=world.base)
        assert code == 1
        assert err.startswith('answer: "number" must be a number')
        code, _, err = await run("answer", "--number", "12", "--url", "localhost:8010")
        assert (code, err.count("\n")) == (1, 1)
        assert "absolute http" in err

    play(test)


def test_an_sms_from_the_terminal() -> None:
    async def test(world: World) -> None:
        line = ["text", "--from", "+15550123", "--to", "+15550100", "--text", "STOP"]
        code, out, err = await run(*line, CARRIER_URL=world.base)
        assert (code, err) == (0, "")
        assert out.startswith("— sent, ")
        await world.until(lambda: bool(world.product.at("/message")))
        assert world.product.at("/message")[0].body["text"] == "STOP"
        code, _, err = await run(*line[:-1], " ", CARRIER_URL=world.base)
        assert code == 1
        assert err.startswith('text: "text" must be')

    play(test, inbound_url="/message")


def test_no_carrier_is_said_in_one_line() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    line = ["dial", "--from", "+15550123", "--to", "+15550100"]
    code, _, err = asyncio.run(run(*line, CARRIER_URL=url))
    assert code == 1
    assert err.count("\n") == 1
    assert f"no carrier at {url}" in err


def test_the_carrier_serves_its_page_and_ends_quickly(tmp_path: Path) -> None:
    async def test(world: World) -> None:
        env = environment(world.product.url(""), tmp_path)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "carrier", env=BARE | env, stderr=asyncio.subprocess.PIPE
        )
        assert process.stderr
        assert b"phones are at" in await asyncio.wait_for(process.stderr.readline(), 10)
        base = f"http://127.0.0.1:{env['CARRIER_PORT']}"
        async with world.http.get(base + "/") as page:
            assert page.status == 200
            assert "script-src 'self'" in page.headers["Content-Security-Policy"]
            assert "unsafe" not in page.headers["Content-Security-Policy"]
            text = await page.text()
        assert "/static/phone.js" in text
        for name in sorted(file.name for file in PAGE.iterdir() if file.name != "index.html"):
            async with world.http.get(f"{base}/static/{name}") as file:
                assert file.status == 200
        async with world.http.get(f"{base}/static/index.html") as file:
            assert file.status == 404
        code, _, err = await run("serve", **env)  # the port is taken
        assert code == 2
        assert "CARRIER_PORT" in err
        world.product.answers["/answer"] = [conversation(record=True)]
        await World(world.product, world.http, base, world.settings).dial()
        await world.events_until("transfer")
        before = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
        assert time.monotonic() - before < 2
        assert "completed" in world.product.labels()
        assert any("recording_uuid" in event for event in world.product.events())

    play(test)


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("CARRIER_ANSWER_URL", "", "not set"),
        ("CARRIER_EVENT_URL", "example.com/event", "absolute"),
        ("CARRIER_EVENT_URL", "http://host:99999/", "absolute"),
        ("CARRIER_FALLBACK_URL", "ftp://host/", "absolute"),
        ("CARRIER_RECORDINGS", __file__, "cannot be a folder"),
        ("CARRIER_INBOUND_URL", "/telephony/message", "absolute"),
        ("CARRIER_STATUS_URL", "/telephony/status", "absolute"),
        ("CARRIER_ANSWER_METHOD", "PUT", "GET or POST"),
        ("CARRIER_PORT", "eighty", "whole number"),
        ("CARRIER_PORT", "70000", "65535"),
        ("CARRIER_SPEECH_RATE", "nan", "number"),
        ("CARRIER_ANSWER_TIMEOUT", "0", "number"),
        ("VONAGE_APPLICATION_ID", "", "not set"),
        ("VONAGE_SIGNATURE_SECRET", " ", "not set"),
        ("CARRIER_PUBLIC_KEY", "/no/such/file", "cannot be read"),
        ("CARRIER_PUBLIC_KEY", __file__, "not a PEM public key"),
    ],
)
def test_a_bad_variable_is_named_with_a_remedy(
    name: str, value: str, word: str, tmp_path: Path
) -> None:
    env = environment("http://127.0.0.1:1", tmp_path)
    assert read(env).answer_timeout == 5
    with pytest.raises(SettingsError) as error:
        read(env | {name: value})
    assert str(error.value).startswith(name)
    assert word in str(error.value)


def test_a_bad_start_is_one_line_and_exit_2() -> None:
    code, _, err = asyncio.run(run())
    assert code == 2
    assert err.startswith("carrier: CARRIER_ANSWER_URL is not set")
    assert err.count("\n") == 1
