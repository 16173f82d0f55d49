"""Static files under names with hashes, compressed copies of them, and how both are served."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
from pathlib import Path
from typing import Any

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from manoir.commands import call_command
from manoir.exceptions import CommandError, ImproperlyConfigured
from manoir.server import Handler
from manoir.staticfiles import ManifestStaticFilesStorage, StaticFilesHandler, static
from manoir.staticfiles._manifest import circles
from manoir.staticfiles._references import references, target_of
from manoir.staticfiles._serving import best_coding
from manoir.staticfiles.management.commands import collectstatic
from manoir.storage import InMemoryStorage, storages
from manoir.testing import Client

MANIFEST = "manoir.staticfiles.ManifestStaticFilesStorage"
COMPRESSED = "manoir.staticfiles.CompressedManifestStaticFilesStorage"
HASHED = re.compile(r"(.+)\.[0-9a-f]{12}(\.\w+)?")


class Site:
    """A project with static files, which a test writes and collects."""

    def __init__(self, folder: Path, settings: Any) -> None:
        self.folder, self.settings = folder, settings
        self.assets, self.root = folder / "assets", folder / "collected"
        self.assets.mkdir()
        settings.STATIC_URL, settings.STATIC_ROOT, settings.STATICFILES_DIRS = "static/", self.root, [self.assets]
        settings.STATICFILES_FINDERS = ["manoir.staticfiles.FileSystemFinder"]
        settings.ROOT_URLCONF, settings.MIDDLEWARE, settings.DEBUG = "tests.server.urls_empty", [], False
        self.use(MANIFEST)

    def use(self, backend: str, **options: Any) -> None:
        self.settings.STORAGES = {"staticfiles": {"BACKEND": backend, "OPTIONS": options}}

    def write(self, **files: str | bytes) -> None:
        for name, content in files.items():
            path = self.assets / name.replace("__", "/").replace("_dot_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    def collect(self, **options: Any) -> str:
        output = io.StringIO()
        call_command(collectstatic.Command(), interactive=False, stdout=output, **options)
        return output.getvalue()

    def text(self, name: str) -> str:
        """The content of the file that pages link for `name`."""
        return (self.root / storages["staticfiles"].stored_name(name)).read_text()

    def manifest(self) -> dict[str, str]:
        return json.loads((self.root / "staticfiles.json").read_text())["paths"]

    def client(self) -> Client:
        client = Client()
        client.handler = StaticFilesHandler(Handler())
        client.handler.load()
        return client


@pytest.fixture
def site(settings: Any, tmp_path: Path) -> Site:
    return Site(tmp_path, settings)


# -- names ------------------------------------------------------------------------------------------------------------


def test_files_have_names_with_a_hash_of_their_content(site: Site):
    site.write(css__style_dot_css="body { color: teal }", logo_dot_png=b"\x89PNG", LICENSE="text")
    assert "3 static files copied, 0 unmodified, 3 post-processed" in site.collect()
    names = site.manifest()
    assert sorted(names) == ["LICENSE", "css/style.css", "logo.png"]
    assert all(HASHED.fullmatch(hashed) for hashed in names.values())
    assert static("css/style.css") == f"/static/{names['css/style.css']}"
    assert (site.root / names["logo.png"]).read_bytes() == b"\x89PNG"
    assert (site.root / "css/style.css").read_text() == "body { color: teal }"  # the plain name stays


def test_a_second_run_writes_nothing(site: Site):
    site.write(css__style_dot_css="a { background: url(../logo.png) }", logo_dot_png=b"\x89PNG")
    site.collect()
    before = {file: file.stat().st_mtime_ns for file in site.root.rglob("*.*") if file.name != "staticfiles.json"}
    manifest = (site.root / "staticfiles.json").read_bytes()
    assert "0 static files copied, 2 unmodified, 0 post-processed" in site.collect()
    assert {file: file.stat().st_mtime_ns for file in before} == before
    assert (site.root / "staticfiles.json").read_bytes() == manifest


def test_with_debug_names_are_plain(site: Site):
    site.write(css__style_dot_css="a {}")
    site.collect()
    site.settings.DEBUG = True
    assert static("css/style.css") == "/static/css/style.css"
    assert HASHED.search(storages["staticfiles"].url("css/style.css", force=True))


def test_query_and_fragment_stay(site: Site):
    site.write(font_dot_svg="<svg/>")
    site.collect()
    assert static("font.svg?x=1#icon") == f"/static/{site.manifest()['font.svg']}?x=1#icon"
    assert static("") == "/static/"
    assert static("css/") == "/static/css/"


def test_a_new_content_is_a_new_name_and_old_ones_stay_for_pages_that_are_open(site: Site):
    site.write(a_dot_css="a {}")
    site.collect()
    old = site.manifest()["a.css"]
    site.write(a_dot_css="a { color: red }")
    site.collect()
    new = site.manifest()["a.css"]
    assert old != new
    assert (site.root / old).exists()
    assert static("a.css") == f"/static/{new}"
    site.collect(clear=True)
    assert not (site.root / old).exists()
    assert (site.root / new).exists()
    assert (site.root / "staticfiles.json").exists()


def test_without_post_processing_there_is_no_manifest(site: Site):
    site.write(a_dot_css="a {}")
    site.collect(post_process=False)
    assert [file.name for file in site.root.iterdir()] == ["a.css"]
    site.collect(dry_run=True)
    assert [file.name for file in site.root.iterdir()] == ["a.css"]


# -- errors -----------------------------------------------------------------------------------------------------------


def test_a_name_that_the_manifest_has_not_is_told_with_the_nearest(site: Site):
    with pytest.raises(
        ValueError, match=r"no entry for 'a\.css'\. There is no staticfiles\.json yet\. Run collectstatic"
    ):
        static("a.css")
    site.write(shop__style_dot_css="a {}")
    site.collect()
    with pytest.raises(ValueError, match=r"no entry for 'shop/stile\.css'.*'shop/style\.css'"):
        static("shop/stile.css")


def test_a_manifest_may_be_lenient(site: Site):
    site.write(a_dot_css="a {}")
    site.collect()
    site.use("tests.staticfiles.test_manifest.Lenient")
    (site.root / "late.css").write_text("b {}")
    assert HASHED.search(static("late.css"))
    with pytest.raises(ValueError, match=r"no entry for 'none\.css'"):
        static("none.css")


class Lenient(ManifestStaticFilesStorage):
    manifest_strict = False


def test_all_files_that_name_what_is_not_there_are_told_at_once(site: Site):
    site.write(
        a_dot_css="a {}\nb { background: url('img/logp.png') }", b_dot_css='@import "none.css";', img__logo_dot_png=b"x"
    )
    site.write(c_dot_css='@import "a.css";')
    with pytest.raises(CommandError) as caught:
        site.collect()
    told = str(caught.value)
    assert (
        "a.css, line 2: 'img/logp.png' means 'img/logp.png', which was not collected. Did you mean 'img/logo.png'?"
        in told
    )
    assert "b.css, line 1: 'none.css' means 'none.css'" in told
    assert told.count("a.css, line 2") == 1
    assert not (site.root / "staticfiles.json").exists()


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"version": "9", "paths": {}}', b'{"paths": {}}', b"\xff"])
def test_a_broken_manifest_is_told(site: Site, content: bytes):
    site.root.mkdir()
    (site.root / "staticfiles.json").write_bytes(content)
    with pytest.raises(ImproperlyConfigured, match=r"staticfiles\.json cannot be read .* Run collectstatic again"):
        static("a.css")


def test_a_manifest_of_django_is_read(site: Site):
    site.root.mkdir()
    (site.root / "staticfiles.json").write_text('{"paths": {"a.css": "a.55e7cbb9ba48.css"}, "version": "1.0"}')
    assert static("a.css") == "/static/a.55e7cbb9ba48.css"


# -- references -------------------------------------------------------------------------------------------------------


def test_what_style_sheets_name_is_replaced(site: Site):
    site.write(img__a_dot_png=b"1", img__b_dot_svg="<svg/>", css__base_dot_css="b {}", js__x_dot_js="1")
    site.write(
        css__style_dot_css="""
        @import "base.css"; @import url('base.css') screen;
        a { background: url(../img/a.png), url( "/static/img/a.png" ) }
        b { mask: url('../img/b.svg?v=1#icon'); src: url(#here) url(data:image/png;base64,AA==) url(https://x.example/y.png) url(//x/y) }
        c { content: "url(../img/none.png)" } /* url(../img/none.png) @import "none.css" */
        d { background: url(/elsewhere/x.png) }
        """
    )
    site.collect()
    text, names = site.text("css/style.css"), site.manifest()
    base, picture, drawing = (Path(names[name]).name for name in ("css/base.css", "img/a.png", "img/b.svg"))
    assert f"@import \"{base}\"; @import url('{base}') screen" in text
    assert f'url(../img/{picture}), url( "/static/img/{picture}" )' in text
    assert f"url('../img/{drawing}?v=1#icon')" in text
    assert "url(#here) url(data:image/png;base64,AA==) url(https://x.example/y.png) url(//x/y)" in text
    assert 'content: "url(../img/none.png)" } /* url(../img/none.png) @import "none.css" */' in text
    assert "url(/elsewhere/x.png)" in text


def test_a_name_changes_with_what_the_file_names(site: Site):
    site.write(a_dot_css='@import "b.css";', b_dot_css='@import "c.css";', c_dot_css="c {}")
    site.collect()
    before = site.manifest()
    site.write(c_dot_css="c { color: red }")
    site.collect()
    after = site.manifest()
    assert all(before[name] != after[name] for name in ("a.css", "b.css", "c.css"))
    assert Path(after["c.css"]).name in site.text("b.css")


def test_files_that_name_each_other_have_lasting_names(site: Site):
    site.write(a_dot_css='@import "b.css"; a { background: url(x.png) }', b_dot_css='@import "a.css";', x_dot_png=b"1")
    site.write(self_dot_css='@import "self.css";')
    site.collect()
    first = site.manifest()
    assert first["b.css"] in site.text("a.css")
    assert first["a.css"] in site.text("b.css")
    assert first["self.css"] in site.text("self.css")
    site.collect(clear=True)
    assert site.manifest() == first
    site.write(x_dot_png=b"2")
    site.collect()
    assert all(site.manifest()[name] != first[name] for name in ("a.css", "b.css", "x.png"))


def test_source_maps_are_replaced_where_they_are(site: Site):
    site.write(a_dot_js="run()\n//# sourceMappingURL=a.js.map\n", b_dot_js="run()\n//# sourceMappingURL=b.js.map\n")
    site.write(c_dot_css="c {}\n/*# sourceMappingURL=c.css.map */")
    (site.assets / "a.js.map").write_text("{}")
    (site.assets / "c.css.map").write_text("{}")
    site.collect()
    names = site.manifest()
    assert f"//# sourceMappingURL={names['a.js.map']}\n" in site.text("a.js")
    assert "//# sourceMappingURL=b.js.map\n" in site.text("b.js")
    assert f"/*# sourceMappingURL={names['c.css.map']} */" in site.text("c.css")


class WithModules(Lenient):
    support_js_module_import_aggregation = True


def test_modules_that_import_others(site: Site):
    site.write(js__lib__b_dot_js="export const b = 1", js__c_dot_js="export default 2", js__d_dot_js="d()")
    site.write(
        js__a_dot_js="""import {b} from './lib/b.js'; import c from "./c.js"; import "./d.js"
export { b as x } from "./lib/b.js"; export * from './c.js';
const late = () => import("./c.js"); import react from "react";
// import "./none.js"
/* import "./none.js" */ const t = `import "./none.js"`;
import {
  b as again,
} from "./lib/b.js";
"""
    )
    site.collect()
    assert "./lib/b.js" in site.text("js/a.js")  # only where it is asked for
    site.use("tests.staticfiles.test_manifest.WithModules")
    site.collect()
    text, names = site.text("js/a.js"), site.manifest()
    b, c, d = (names[f"js/{name}.js"].removeprefix("js/") for name in ("lib/b", "c", "d"))
    assert text.count(f"./{b}") == 3
    assert text.count(f"./{c}") == 3
    assert f'import "./{d}"' in text
    assert text.count("./none.js") == 3
    assert 'from "react"' in text


def test_files_in_other_encodings_are_kept_as_they_are(site: Site):
    site.write(old_dot_css="a { content: 'é' }".encode("latin-1"))
    site.collect()
    assert (site.root / site.manifest()["old.css"]).read_bytes() == "a { content: 'é' }".encode("latin-1")


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("a.png", "css/a.png"), ("./a.png", "css/a.png"), ("../a.png", "a.png"), ("../../a.png", None), ("/static/a.png", "a.png"),
        ("/other/a.png", None), ("https://x/a.png", None), ("//x/a.png", None), ("data:x", None), ("#a", None), ("", None),
        ("?x", None), ("a%20b.png", "css/a b.png"), ("a.png?v#f", "css/a.png"),
    ],
)  # fmt: skip
def test_targets(address: str, target: str | None):
    assert target_of("css/style.css", address, "/static/") == target


@given(st.text(alphabet="url()'\"@import /*#\\\na.;", max_size=60), st.sampled_from(["a.css", "a.js"]))
def test_any_text_is_read(text: str, name: str):
    found = list(references(name, text, "/static/", modules=True))
    assert all(text[one.start : one.end] == one.address for one in found)
    assert [one.start for one in found] == sorted(one.start for one in found)


def test_long_hostile_texts_are_read_in_time():
    """The steps grow with the length, not with its square: ten times as long in far less than a hundred times."""
    for piece in ('@import "', "url(", "/*", "import ", "export {", "'", '"\\', "import {a,"):
        text = piece * 20_000
        list(references("a.css", text, "/static/"))
        list(references("a.js", text, "/static/", modules=True))


def test_circles():
    graph = {"a": ["b"], "b": ["c"], "c": ["a", "d"], "d": [], "e": ["e"], "f": ["a", "none"]}
    abc = frozenset("abc")
    assert circles(graph) == {"a": abc, "b": abc, "c": abc, "e": frozenset("e")}
    assert circles({f"{number}": [f"{number + 1}"] for number in range(5_000)}) == {}


# -- other places -----------------------------------------------------------------------------------------------------


def test_the_manifest_may_lie_elsewhere(site: Site):
    elsewhere = InMemoryStorage()
    site.use(MANIFEST, manifest_storage=elsewhere)
    site.write(a_dot_css="a {}")
    site.collect()
    site.collect()
    assert elsewhere.exists("staticfiles.json")
    assert not (site.root / "staticfiles.json").exists()
    assert HASHED.search(static("a.css"))


# -- compressed copies, and serving -----------------------------------------------------------------------------------

STYLE = "body { color: teal }\n" * 50


def test_compressed_copies_are_made_once_where_they_are_worth_it(site: Site):
    site.use(COMPRESSED)
    site.write(a_dot_css=STYLE, tiny_dot_css="a{}", b_dot_png=b"0" * 1000)
    site.collect()
    names = site.manifest()
    assert gzip.decompress((site.root / f"{names['a.css']}.gz").read_bytes()).decode() == STYLE
    assert not (site.root / f"{names['tiny.css']}.gz").exists()
    assert not (site.root / f"{names['b.png']}.gz").exists()
    assert not (site.root / "a.css.gz").exists()  # nobody links it
    assert "0 post-processed" in site.collect()
    site.collect(clear=True)
    assert (site.root / f"{names['a.css']}.gz").exists()


def test_copies_without_a_manifest_follow_their_file(site: Site):
    site.use("manoir.staticfiles.CompressedStaticFilesStorage")
    site.write(a_dot_css=STYLE)
    site.collect()
    assert gzip.decompress((site.root / "a.css.gz").read_bytes()).decode() == STYLE
    assert static("a.css") == "/static/a.css"


def test_names_with_hashes_are_kept_for_ever_and_others_shortly(site: Site):
    site.write(a_dot_css=STYLE)
    site.collect()
    client = site.client()
    lasting, plain = client.get(static("a.css")), client.get("/static/a.css")
    assert lasting.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert plain.headers["Cache-Control"] == "public, max-age=60"
    assert "Vary" not in plain.headers


def test_copies_are_sent_to_those_who_take_them(site: Site):
    site.use(COMPRESSED)
    site.write(a_dot_css=STYLE)
    site.collect()
    client, url = site.client(), static("a.css")
    packed = client.get(url, headers={"accept-encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Content-Type"] == "text/css; charset=utf-8"
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(b"".join(packed.streaming_content)).decode() == STYLE
    plain = client.get(url, headers={"accept-encoding": "gzip;q=0, identity"})
    assert "Content-Encoding" not in plain.headers
    assert plain.headers["Vary"] == "Accept-Encoding"
    assert b"".join(plain.streaming_content).decode() == STYLE
    part = client.get(url, headers={"range": "bytes=0-3"})
    assert (part.status_code, b"".join(part.streaming_content)) == (206, b"body")
    again = client.get(url, headers={"accept-encoding": "gzip", "if-modified-since": packed.headers["Last-Modified"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("gzip, br", "br"), ("gzip", "gzip"), ("", None), ("*", "br"), ("br;q=0, *", "zstd"), ("identity", None), ("GZIP;q=0.5", "gzip"),
        ("br;q=0.000, gzip;q=0.001", "gzip"), ("br; q=0 , zstd ; q=1", "zstd"), ("x" * 5_000 + ", br", None),
    ],
)  # fmt: skip
def test_codings(header: str, coding: str | None):
    assert best_coding(header, ["br", "zstd", "gzip"]) == coding


def test_the_smallest_coding_is_sent(site: Site):
    site.use(COMPRESSED)
    site.write(a_dot_css=STYLE)
    site.collect()
    client, url = site.client(), static("a.css")
    unpack = {"br": brotli.decompress, "zstd": zstandard.ZstdDecompressor().decompress, "gzip": gzip.decompress}
    for taken, coding in (("gzip, deflate, br, zstd", "br"), ("gzip, zstd", "zstd"), ("gzip, deflate", "gzip")):
        answer = client.get(url, headers={"accept-encoding": taken})
        assert answer.headers["Content-Encoding"] == coding
        assert unpack[coding](b"".join(answer.streaming_content)).decode() == STYLE


def test_a_copy_of_an_older_content_is_not_sent(site: Site):
    site.use("manoir.staticfiles.CompressedStaticFilesStorage")
    site.write(a_dot_js="run();" * 200)
    site.collect()
    assert (site.root / "a.js.gz").exists()
    site.write(a_dot_js="short()")
    site.collect()
    assert not (site.root / "a.js.gz").exists()
    site.write(a_dot_js="run();" * 200)
    site.collect()
    (site.root / "a.js").write_text("changed by hand")
    os.utime(site.root / "a.js.gz", (1, 1))
    answer = site.client().get("/static/a.js", headers={"accept-encoding": "gzip"})
    assert (b"".join(answer.streaming_content), answer.headers.get("Content-Encoding")) == (b"changed by hand", None)


def test_query_and_fragment_stay_with_debug_too(site: Site):
    site.write(font_dot_svg="<svg/>")
    site.settings.DEBUG = True
    assert static("font.svg?x=1#icon") == "/static/font.svg?x=1#icon"
    assert static("font.svg#icon") == "/static/font.svg#icon"


def test_names_are_written_as_addresses_have_them(site: Site):
    site.write(a_dot_css="a { background: url(my%20image.png) }")
    (site.assets / "my image.png").write_bytes(b"1")
    site.collect()
    assert f"url({site.manifest()['my image.png'].replace(' ', '%20')})" in site.text("a.css")
