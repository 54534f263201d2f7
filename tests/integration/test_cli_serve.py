"""`interlock serve` as a process: it serves, works, and leaves nothing behind."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import httpx
import psycopg
import pytest

from api.listener import bind
from tests.support.api import events_of
from tests.support.served import COMMAND, ROOT, Served, as_command, environment, served
from tools.clock import utc_now
from tools.testing.invoices.samples import Sample, make_samples


def clean_invoice() -> Sample:
    """An invoice that fits its order."""
    return next(sample for sample in make_samples(7, utc_now().date()) if sample.file_name == "clean_ubl.xml")


def start_case(server: Served, sample: Sample) -> str:
    """Send the sample in and follow its events until the case ends."""
    with httpx.Client(base_url=server.url, headers={"X-API-Key": server.key("intake")}, timeout=40) as intake:
        form = {"process": "procure_to_pay", "channel": sample.channel, "sender": sample.sender}
        started = intake.post("/cases", data=form, files={"document": (sample.file_name, sample.content)})
        return str(started.json()["case"]["id"])


def test_an_invoice_travels_to_its_end_and_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    with served(tmp_path, start=as_command) as server:
        case_id = start_case(server, clean_invoice())
        with httpx.Client(base_url=server.url, headers={"X-API-Key": server.key("clara")}, timeout=40) as clara:
            events = events_of(clara.get(f"/cases/{case_id}/events").text)
            case = clara.get(f"/cases/{case_id}").json()
            ready = clara.get("/ready")
        code = server.stop(signal.SIGINT)
    assert (events[0]["event"], events[-1]["event"]) == ("case.started", "case.ended")
    assert case["status"] == "done"
    assert ready.json() == {"ready": True, "database": True, "worker": True}
    assert code == 0
    assert server.left_behind() == []


def test_sigterm_stops_it_too_though_somebody_watches_and_a_second_start_keeps_people_and_keys(tmp_path: Path) -> None:
    with served(tmp_path, start=as_command) as first:
        keys = {login: first.key(login) for login in ("clara", "mara", "dario", "intake", "admin")}
        headers = {"X-API-Key": keys["clara"]}
        with httpx.stream("GET", f"{first.url}/events", headers=headers, timeout=40) as watching:
            told = watching.iter_lines()
            assert next(told) == "event: hello"
            code = first.stop(signal.SIGTERM)
            list(told)
    assert not any("Exception in ASGI application" in line for line in first.log)
    with served(tmp_path, start=as_command) as again, httpx.Client(base_url=again.url, timeout=40) as client:
        answers = [client.get("/cases", headers={"X-API-Key": key}) for key in keys.values()]
    assert code == 0
    assert [answer.status_code for answer in answers] == [200] * 5
    assert {login: again.key(login) for login in keys} == keys
    assert not any(key in line for key in keys.values() for line in first.log + again.log)


def test_keys_are_private_files_and_the_database_holds_only_hashes(tmp_path: Path) -> None:
    with served(tmp_path, start=as_command):
        files = sorted((tmp_path / "keys").iterdir())
        modes = {file.stat().st_mode & 0o777 for file in files}
        socket_folder = (tmp_path / "postgres" / "postmaster.pid").read_text().splitlines()[4]
        with psycopg.connect(f"postgresql://postgres@/interlock?host={socket_folder}") as owner:
            rows = owner.execute("SELECT user_id, key_hash FROM api_keys ORDER BY user_id").fetchall()
    assert [file.name for file in files] == ["admin", "clara", "dario", "intake", "mara"]
    assert modes == {0o600}
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    assert [user for user, _ in rows] == ["main-admin", "main-clara", "main-dario", "main-intake", "main-mara"]
    assert all(len(key_hash) == 64 for _, key_hash in rows)
    assert not any(file.read_text().strip() in str(rows) for file in files)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"port": "eighty"}, "INTERLOCK_PORT: "),
        ({"database_url": "postgresql://nobody@127.0.0.1:1/x"}, "INTERLOCK_DATABASE_URL does not answer"),
        ({"data_dir": "/proc/interlock"}, "set INTERLOCK_DATA_DIR"),
    ],
)
def test_what_cannot_start_says_why_and_what_to_do(tmp_path: Path, settings: dict[str, str], message: str) -> None:
    done = run_serve(tmp_path, **settings)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_taken_port_stops_it_before_anything_was_made(tmp_path: Path) -> None:
    with bind("127.0.0.1", 0) as taken:
        done = run_serve(tmp_path, port=str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert "set INTERLOCK_PORT" in done.stderr
    assert list(tmp_path.iterdir()) == []


def run_serve(folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Start a server that is expected to refuse."""
    return subprocess.run(
        COMMAND, cwd=ROOT, env=environment(folder, **settings), capture_output=True, text=True, timeout=50, check=False
    )


@pytest.mark.chaos
def test_after_a_killed_server_the_next_one_still_leaves_nothing(tmp_path: Path) -> None:
    with served(tmp_path, start=as_command) as killed:
        assert killed.stop(signal.SIGKILL) == -signal.SIGKILL
    with served(tmp_path, start=as_command) as again:
        assert again.stop() == 0
    assert again.left_behind() == []
