"""Plain downloads, archives among them: resumed, verified, unpacked beside the weights."""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from checkpoints import backend
from hub_server import Fault, Hub, serve, sha256

from orchestrator.backends import Backend
from orchestrator.cache import hub as hub_state
from orchestrator.errors import ModelError
from orchestrator.models import provision
from orchestrator.models.plan import Planned
from orchestrator.models.status import inventory
from orchestrator.models.status.selection import Wanted

DATA = bytes(range(256)) * 4000
PATH = "/models/tiny.pt"
STALL = "3"  # seconds without a byte; a busy machine alone takes one to send the next


pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """Run a web server with one file, and a hub beside it."""
    with serve() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.address)
        running.plain[PATH] = DATA
        yield running


def taker(tmp_path: Path, web: Hub, more: str = f', sha256 = "{sha256(DATA)}"') -> Backend:
    """Return a backend whose model `tiny` is one file behind a URL."""
    folder = tmp_path / "env"
    folder.mkdir(exist_ok=True)
    source = f'{{ kind = "url", url = "{web.storage}{PATH}"{more} }}'
    (folder / "models.toml").write_text(f"[models.tiny]\nsources = [{source}]\n", encoding="utf-8")
    return backend(folder, "pt", "whisper-mps")


def planned(tmp_path: Path, web: Hub) -> Planned:
    """Plan the model."""
    return provision.plan(taker(tmp_path, web), "tiny")


def test_a_file_is_fetched_verified_and_named_for_its_backend(tmp_path: Path, web: Hub) -> None:
    """The runner is given the file itself, the row its hash as the revision."""
    plan = planned(tmp_path, web)
    assert (plan.source, plan.locked) == ("url", True)
    done = provision.ensure(plan)
    assert done.path.name == "tiny.pt"
    assert done.path.read_bytes() == DATA
    assert (done.source, done.revision, done.note) == ("url", sha256(DATA), None)
    assert {p.name for p in done.path.parent.iterdir()} == {"manifest.json", "tiny.pt"}


@pytest.mark.slow
def test_a_cut_file_goes_on_with_the_same_version(
    tmp_path: Path, web: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second fetch sends Range and If-Range, and the server only what is missing."""
    monkeypatch.setenv("WHISPER_CLEANROOM_STALL_SECONDS", STALL)
    web.faults = [Fault(PATH, hang_at=300_000), Fault(PATH, hang_at=0)]
    web.faults.insert(0, Fault("/", status=200, host="storage"))  # the question whether it answers
    with pytest.raises(ModelError, match="sent no byte for 3 s, twice"):
        provision.ensure(planned(tmp_path, web))
    assert provision.ensure(planned(tmp_path, web)).path.read_bytes() == DATA
    assert web.bytes_sent(PATH) == len(DATA)
    assert web.asked[-1].range == "bytes=300000-"


@pytest.mark.slow
def test_a_file_that_changed_meanwhile_is_sent_from_the_beginning(tmp_path: Path, web: Hub) -> None:
    """If-Range keeps two versions from being joined: the newer one is whole, then refused."""
    hub_state.obstacle(web.storage)
    web.faults = [Fault(PATH, cut_at=300_000), Fault(PATH, status=403)]
    with pytest.raises(ModelError, match=r"does not give out .* \(403\)"):
        provision.ensure(planned(tmp_path, web))
    other = DATA[::-1]
    web.plain[PATH] = other
    plan = planned(tmp_path, web)
    assert plan.entry.kept_bytes() >= 300_000
    with pytest.raises(ModelError, match=f"found sha256 {sha256(other)}"):
        provision.ensure(plan)
    assert web.asked[-1].range == "bytes=300000-"
    assert web.bytes_sent(PATH) == 300_000 + len(other)
    assert plan.entry.kept_bytes() == 0


@pytest.mark.slow
def test_only_a_sha1_will_do_where_no_other_is_published(tmp_path: Path, web: Hub) -> None:
    """The file is compared with it, and named by it."""
    sha1 = hashlib.sha1(DATA).hexdigest()  # noqa: S324 - as published
    done = provision.ensure(provision.plan(taker(tmp_path, web, f', sha1 = "{sha1}"'), "tiny"))
    assert done.revision == sha1
    wrong = taker(tmp_path / "env", web, f', sha1 = "{"0" * 40}"')
    with pytest.raises(ModelError, match=f"expected sha1 {'0' * 40}, found sha1 {sha1}"):
        provision.ensure(provision.plan(wrong, "tiny"))


def test_a_page_instead_of_a_file_is_refused_at_once(tmp_path: Path, web: Hub) -> None:
    """A sign-in page of some network is not kept, whatever its status."""
    web.faults = [Fault(PATH, body=b"<html>sign in</html>")]
    size = f', size = {len(DATA)}, sha256 = "{sha256(DATA)}"'
    with pytest.raises(ModelError, match=r"expected 1024000 bytes, the server has 20 bytes"):
        provision.ensure(provision.plan(taker(tmp_path, web, size), "tiny"))


def test_the_users_token_is_not_sent_to_other_places(
    tmp_path: Path, web: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A URL is asked without it."""
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    provision.ensure(planned(tmp_path, web))
    assert {asked.authorization for asked in web.asked} == {None}


def encoder(*names: str) -> bytes:
    """Return a zip as whisper.cpp's CoreML encoders come, stored as they are."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in names:
            archive.writestr(name, DATA[:20_000])
    return made.getvalue()


def with_encoder(tmp_path: Path) -> Backend:
    """Return a backend like whisper.cpp's: a ggml file, and an encoder if asked."""
    folder = tmp_path / "ggml"
    folder.mkdir()
    source = '{{ kind = "hub", repository = "test/cpp", wanted = ["{}"] }}'
    text = (
        f"[models.tiny]\nsources = [{source.format('ggml-tiny.bin')}]\n"
        f"coreml = {source.format('ggml-tiny-encoder.mlmodelc.zip')}\n"
    )
    (folder / "models.toml").write_text(text, encoding="utf-8")
    return backend(folder, "ggml").model_copy(update={"coreml": True})


@pytest.mark.slow
def test_the_coreml_encoder_comes_beside_the_weights(tmp_path: Path, web: Hub) -> None:
    """Where whisper.cpp looks for it, unpacked and verified, without a second ggml file."""
    inside = [f"ggml-tiny-encoder.mlmodelc/{name}" for name in ("coremldata.bin", "model.mil")]
    files = {"ggml-tiny.bin": DATA, "ggml-tiny-encoder.mlmodelc.zip": encoder(*inside)}
    web.add("test/cpp", files)
    chosen = with_encoder(tmp_path)
    without = chosen.model_copy(update={"coreml": False})
    plain = provision.ensure(provision.plan(without, "tiny"))
    assert [p.name for p in plain.path.parent.glob("ggml*")] == ["ggml-tiny.bin"]
    assert inventory.standings([Wanted(chosen, "tiny")])[0].state == "missing"
    (more,) = provision.sized([provision.plan(chosen, "tiny")])
    assert more.download_bytes == len(files["ggml-tiny-encoder.mlmodelc.zip"])
    done = provision.ensure(provision.plan(chosen, "tiny"))
    assert done.path != plain.path
    assert done.path.samefile(plain.path)
    told = json.loads((done.path.parent / "manifest.json").read_text(encoding="utf-8"))
    assert list(told["files"]) == [*inside, "ggml-tiny.bin"]
    assert web.bytes_sent("ggml-tiny.bin") == len(DATA)
    assert inventory.standings([Wanted(chosen, "tiny")])[0].state == "complete"
    assert inventory.strays([chosen]) == []


def with_second_model(tmp_path: Path) -> Backend:
    """Return a backend like FluidAudio's: one of its models has a second one, for terms."""
    folder = tmp_path / "two"
    folder.mkdir()
    source = '{{ kind = "hub", repository = "test/{0}", wanted = ["{1}"], files = [{2}] }}'
    size = '{{ name = "{}", size = {} }}'.format
    one = source.format("tdt", "*.bin", size("encoder.bin", len(DATA)))
    two = source.format("ctc", "vocab.json", size("vocab.json", 2))
    text = f"[models.both]\nsources = [{one}]\nboost = {two}\n[models.one]\nsources = [{one}]\n"
    (folder / "models.toml").write_text(text, encoding="utf-8")
    return backend(folder, "coreml")


@pytest.mark.slow
def test_a_second_model_comes_beside_the_weights_for_terms(tmp_path: Path, web: Hub) -> None:
    """In a folder of its own; what the plain model has is downloaded, and counted, once."""
    web.add("test/tdt", {"encoder.bin": DATA})
    web.add("test/ctc", {"vocab.json": b"{}"})
    chosen = with_second_model(tmp_path)
    boosted, plain = (provision.plan(chosen, "both", boost=terms) for terms in (True, False))
    assert (boosted.download_bytes, boosted.second_bytes) == (len(DATA) + 2, 2)
    assert (plain.download_bytes, plain.second_bytes) == (len(DATA), 0)
    assert provision.each_download([boosted, plain]) == [boosted]
    assert boosted.download_key == plain.download_key
    done = provision.ensure(boosted)
    assert (done.path / "boost" / "vocab.json").read_bytes() == b"{}"
    assert provision.plan(chosen, "both").present
    usual = provision.ensure(plain)
    assert not (usual.path / "boost").exists()
    assert (done.path / "encoder.bin").samefile(usual.path / "encoder.bin")
    assert done.sha256 != usual.sha256
    assert web.bytes_sent("encoder.bin") == len(DATA)
    assert inventory.strays([chosen]) == []
    again = provision.plan(chosen, "both", boost=True)
    assert (again.present, again.download_bytes) == (True, 0)
    assert provision.plan(chosen, "one", boost=True) == provision.plan(chosen, "one")


def test_an_archive_that_leads_out_spoils_its_own_entry_alone(tmp_path: Path, web: Hub) -> None:
    """Nothing is written outside the draft, and nothing counts."""
    files = {"ggml-tiny.bin": DATA, "ggml-tiny-encoder.mlmodelc.zip": encoder("../../escaped")}
    web.add("test/cpp", files)
    plan = provision.plan(with_encoder(tmp_path), "tiny")
    with pytest.raises(ModelError, match="leads out of its folder"):
        provision.ensure(plan)
    assert not list(tmp_path.rglob("escaped"))
    assert plan.entry.check().state == "missing"
