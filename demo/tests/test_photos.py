"""Photos of airports: who may add and remove them, what is kept, and how it is shown."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image

from accounts.models import User
from manoir import bridge
from manoir.conf import settings
from manoir.db import connection
from manoir.http import SimpleUploadedFile
from manoir.testing import CaptureQueriesContext, allow_databases
from photos.models import Photo

PASSWORD = "a lighthouse keeper's logbook"


@pytest.fixture(autouse=True)
def _folders(tmp_path):
    with settings.override(MEDIA_ROOT=tmp_path / "media"):
        yield


def jpeg(colour="steelblue", size=(900, 600)):
    stream = io.BytesIO()
    Image.new("RGB", size, colour).save(stream, "jpeg", comment=b"taken at home")
    return stream.getvalue()


def upload(content=None, name="runway.jpg"):
    return SimpleUploadedFile(name, jpeg() if content is None else content, "image/jpeg")


@pytest.mark.usefixtures("world", "db")
class TestPhotos:
    @pytest.fixture
    def ada(self):
        return User.objects.create_user("ada@example.com", PASSWORD, first_name="Ada")

    def test_a_photo_is_drawn_anew_and_shown_by_a_signed_link(self, client, ada):
        client.force_login(ada)
        sent = {"image": upload(name="../../evil.html"), "caption": "Runway 27 <b>"}
        assert client.post("/airports/KEF/photos/", sent).url == "/airports/KEF/"
        photo = Photo.objects.get()
        assert re.fullmatch(r"airports/\d{4}/[a-z0-9]{26}\.webp", photo.image.name)
        with photo.image.open() as kept:
            assert b"taken at home" not in kept.read()
        page = client.get("/airports/KEF/").text
        assert "Runway 27 &lt;b&gt;" in page
        link = re.search(r'<img src="(/private/[^"]+)"', page)[1].replace("&amp;", "&")
        answer = client.get(link)
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
        assert client.get(link.replace("until=", "until=1")).status_code == 404

    def test_what_is_no_picture_is_refused_with_a_reason(self, client, ada):
        client.force_login(ada)
        client.post("/airports/KEF/photos/", {"image": upload(b"<script>alert(1)</script>")})
        assert "Send one of these kinds of files" in client.get("/airports/KEF/").text
        assert not Photo.objects.exists()

    def test_more_than_nine_megabytes_are_refused_while_they_arrive(self, client, ada):
        client.force_login(ada)
        assert client.post("/airports/KEF/photos/", {"image": upload(bytes(9_100_000))}).status_code in (302, 413)
        assert not Photo.objects.exists()

    def test_only_those_who_signed_in_add_photos(self, client):
        assert "/account/login/" in client.post("/airports/KEF/photos/", {"image": upload()}).url
        assert not Photo.objects.exists()

    def test_an_airport_that_is_not_there(self, client, ada):
        client.force_login(ada)
        assert client.post("/airports/QQQ/photos/", {"image": upload()}).status_code == 404

    def test_people_remove_their_own_photos_and_no_others(self, client, ada):
        client.force_login(ada)
        client.post("/airports/KEF/photos/", {"image": upload()})
        photo = Photo.objects.get()
        client.force_login(User.objects.create_user("eve@example.com", PASSWORD))
        assert client.post(f"/photos/{photo.pk}/remove/").status_code == 404
        assert "Remove" not in client.get("/airports/KEF/").text
        client.force_login(ada)
        assert client.post(f"/photos/{photo.pk}/remove/").status_code == 302
        assert not Photo.objects.exists()
        assert not photo.image.storage.exists(photo.image.name)

    def test_many_photos_cost_no_more_queries_than_one(self, client, ada):
        Photo.objects.create(airport_id="KEF", by=ada, image=upload(), caption="first")
        with CaptureQueriesContext(connection) as one:
            client.get("/airports/KEF/")
        for number in range(4):
            Photo.objects.create(airport_id="KEF", by=ada, image=upload(), caption=f"{number}")
        with CaptureQueriesContext(connection) as many:
            client.get("/airports/KEF/")
        assert len(one) == len(many)


@pytest.mark.browser
def test_somebody_adds_a_photo_in_a_browser(open_page, picture, site, tmp_path):
    (tmp_path / "runway.jpg").write_bytes(jpeg())
    with allow_databases():
        ada = User.objects.create_user("ada-in-a-browser@example.com", PASSWORD, first_name="Ada")

    async def walk():
        page = await open_page("/account/login/?next=/airports/KEF/", width=1280)
        await page.get_by_label("Email address").fill(ada.email)
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Sign in").click()
        await page.get_by_label("A photo of your own").set_input_files(tmp_path / "runway.jpg")
        await page.get_by_label("Caption").fill("Runway 27 in the evening")
        await page.get_by_role("button", name="Add photo").click()
        image = page.get_by_role("img", name="Runway 27 in the evening")
        await image.scroll_into_view_if_needed()
        await page.wait_for_function("() => document.querySelector('.album img').naturalWidth === 900")
        await picture(page, "photos")
        await page.get_by_role("button", name="Remove Runway 27 in the evening").click()
        assert await image.count() == 0

    bridge.run(walk())
    with allow_databases():
        ada.delete()
