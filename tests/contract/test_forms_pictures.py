"""Pictures of answers: in parts, rid of place and time, sealed, gone with their answer."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cloudfunctions.common.resources import Resources
from cloudfunctions.forms import images, pictures, store
from tests.contract.crew import at_once, error_of, window_of
from tests.contract.formed import FIELDS, answer, page_of, publish
from tests.support.copy import Copy
from tests.support.people import Body, Caller, Staff, Teen, new_cid

Staffing = Callable[[str], Staff]

PHOTO = {"name": "photo", "title": "照片", "type": "photo"}
CANARY = b"GPS 30.5702 N 104.0649 E"


def drawn(kind: str = "JPEG", size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
    """A small picture that tells a place in its EXIF."""
    exif = Image.Exif()
    exif[0x010E] = CANARY.decode()
    out = io.BytesIO()
    Image.new("RGB", size, (200, 120, 60)).save(out, kind, exif=exif.tobytes(), **options)
    return out.getvalue()


def opened(picture: bytes) -> Image.Image:
    """As a browser would open it; fails on a picture that is broken."""
    found = Image.open(io.BytesIO(picture))
    found.load()
    return found


def in_parts(picture: bytes) -> list[str]:
    """As a client sends it."""
    cut = range(0, len(picture), pictures.PART_BYTES - 2)
    pieces = [picture[at : at + pictures.PART_BYTES - 2] for at in cut]
    return [base64.b64encode(piece).decode() for piece in pieces]


def bring(caller: Caller, cid: str, picture: bytes, index: int = 0) -> Body:
    """Send a picture; the answer to its last part."""
    parts, told = in_parts(picture), Body()
    for part, data in enumerate(parts):
        told = caller.call(
            "forms.picture", cid=cid, index=index, part=part, parts=len(parts), data=data
        )
    return told


def noise(size: int) -> bytes:
    """A JPEG of about so many bytes: what cannot be made smaller."""
    side = 16
    while True:
        out = io.BytesIO()
        Image.effect_noise((side, side), 90).save(out, "JPEG", quality=90)
        if out.tell() >= size:
            return out.getvalue()
        side += 16


@pytest.fixture
def page(staff: Staffing) -> str:
    """A live form that takes pictures."""
    form = {"fields": [*FIELDS, PHOTO, {**PHOTO, "name": "second", "most": 1}]}
    return publish(staff("coordinator"), page_of(form))


def held(resources: Resources, teen: Teen) -> list[Body]:
    """What lies in the database of this teen's pictures."""
    with resources.database.deadline(10):
        return list(resources.database.collection(store.PICTURES).find({"who": teen.id}))


class TestBytes:
    """What is let through of a picture."""

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    def test_what_tells_a_place_is_gone_and_the_picture_is_the_same(self, kind: str) -> None:
        picture = drawn(kind)
        assert CANARY in picture
        clean = images.cleaned(picture)
        assert CANARY not in clean
        assert not opened(clean).getexif()
        assert opened(clean).tobytes() == opened(picture).tobytes()
        assert images.cleaned(clean) == clean

    def test_a_progressive_one_with_comments_too(self) -> None:
        picture = drawn(progressive=True, comment=CANARY)
        clean = images.cleaned(picture)
        assert CANARY not in clean
        assert opened(clean).tobytes() == opened(picture).tobytes()

    def test_what_stands_behind_the_end_is_cut_off(self) -> None:
        picture = drawn()
        assert images.cleaned(picture + drawn()) == images.cleaned(picture)
        png = drawn("PNG")
        assert images.cleaned(png + CANARY) == images.cleaned(png)

    def test_texts_and_times_in_a_png_are_gone(self) -> None:
        def chunk(name: bytes, content: bytes) -> bytes:
            check = zlib.crc32(name + content)
            return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)

        png = drawn("PNG")
        head = 8 + 25
        told = chunk(b"tEXt", b"where\0" + CANARY) + chunk(b"tIME", b"\x07\xe9\x0b\x19\x0e\0\0")
        clean = images.cleaned(png[:head] + told + png[head:])
        assert clean == images.cleaned(png)

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    def test_one_that_is_cut_off_is_refused_wherever(self, kind: str) -> None:
        picture = drawn(kind)
        for length in range(len(picture) - 1):
            with pytest.raises(images.NotAPicture):
                images.cleaned(picture[:length])

    @pytest.mark.parametrize(
        "other",
        [
            *(b"", b"GIF89a" + bytes(40), b"<svg onload='x'/>", b"<html>", b"%PDF-1.7"),
            *(b"\xff\xd8\xff\xd9", b"\xff\xd8\xff\xe0\0\x02\xff\xd9", b"RIFF\x04\0\0\0WEBP"),
            *(b"\x89PNG\r\n\x1a\n", b"RIFF\xff\xff\xff\xffWEBPVP8 ", b"\xff\xd8\xff\xe0\0\0"),
        ],
        ids=lambda other: str(other)[:20],
    )
    def test_what_is_no_picture_is_refused(self, other: bytes) -> None:
        with pytest.raises(images.NotAPicture):
            images.cleaned(other)

    def test_one_that_would_fill_the_memory_of_whoever_looks_is_refused(self) -> None:
        png = bytearray(drawn("PNG"))
        png[16:24] = struct.pack(">II", 60_000, 60_000)
        with pytest.raises(images.NotAPicture):
            images.cleaned(bytes(png))
        jpeg = bytearray(drawn())
        frame = jpeg.index(b"\xff\xc0")
        jpeg[frame + 5 : frame + 9] = struct.pack(">HH", 60_000, 60_000)
        with pytest.raises(images.NotAPicture):
            images.cleaned(bytes(jpeg))

    @given(st.sampled_from(["JPEG", "PNG", "WEBP"]), st.data())
    def test_whatever_is_changed_it_ends_in_a_picture_or_a_refusal(
        self, kind: str, data: st.DataObject
    ) -> None:
        picture = bytearray(drawn(kind))
        for _ in range(data.draw(st.integers(1, 6))):
            place = data.draw(st.integers(0, len(picture) - 1))
            picture[place] = data.draw(st.integers(0, 255))
        try:
            clean = images.cleaned(bytes(picture))
        except images.NotAPicture:
            return
        assert len(clean) <= len(picture)


class TestSending:
    """Parts, and the answer that shows them."""

    def test_a_picture_of_many_parts_comes_whole_and_clean(
        self, teen: Teen, page: str, staff: Staffing
    ) -> None:
        told = answer(page, photo=[0])
        picture = drawn()[:-2] + noise(200_000)[2:]
        # EXIF of the first, drawing of the second: a photo as a phone makes it.
        exif = picture[: picture.index(b"\xff\xdb")]
        picture = exif + noise(200_000)[2:]
        assert 150_000 < len(picture) <= images.MOST_BYTES
        assert bring(teen, told["cid"], picture) == {"parts": len(in_parts(picture)), "whole": True}
        teen.call("forms.send", **told)
        reader = staff("coordinator")
        (one,) = reader.call("forms.answers", page=page, form="sign_up")["answers"]
        assert (one["pictures"], one["values"]["photo"]) == ([0], [0])
        shown = reader.call("forms.answer_picture", answer=one["answer"], index=0)
        seen = base64.b64decode(shown["data"])
        assert shown["kind"] == "jpeg"
        assert CANARY in picture
        assert CANARY not in seen
        assert opened(seen).size == opened(picture).size

    def test_parts_in_any_order_and_twice_make_the_same_picture(
        self, teen: Teen, page: str, resources: Resources
    ) -> None:
        cid, parts = new_cid(), in_parts(noise(160_000))

        def one(part: int) -> Body:
            body = {"cid": cid, "index": 0, "part": part, "parts": len(parts)}
            return window_of(teen).call("forms.picture", **body, data=parts[part])

        order = [2, 0, 0, *range(len(parts)), 1]
        answers = at_once(len(order), lambda i: one(order[i]))
        assert any(told["whole"] for told in answers)
        assert one(1)["whole"] is True
        teen.call("forms.send", **{**answer(page, photo=[0]), "cid": cid})
        (picture,) = held(resources, teen)
        assert picture["parts"] == {}
        assert "expires_at" not in picture

    def test_another_part_under_the_same_number_is_a_conflict(self, teen: Teen) -> None:
        cid, parts = new_cid(), in_parts(noise(160_000))
        body = {"cid": cid, "index": 0, "part": 0, "parts": len(parts), "data": parts[0]}
        teen.call("forms.picture", **body)
        other = {**body, "data": base64.b64encode(drawn()).decode()}
        assert error_of(teen, "forms.picture", other) == (409, "conflict")
        assert error_of(teen, "forms.picture", {**body, "parts": 6}) == (409, "conflict")

    @pytest.mark.parametrize(
        "bad",
        [
            *({"data": "no base64!"}, {"data": "AAAA"}, {"data": ""}, {"data": "A" * 68_268}),
            *({"index": 3}, {"index": -1}, {"part": 2}, {"part": 6}, {"parts": 7}, {"parts": 0}),
            *({"data": base64.b64encode(b"<svg onload=alert(1)>").decode()}, {"page": "p"}),
        ],
        ids=lambda bad: str(bad)[:40],
    )
    def test_what_is_no_part_is_refused_and_nothing_kept(
        self, teen: Teen, resources: Resources, bad: Body
    ) -> None:
        good = base64.b64encode(drawn()).decode()
        body = {"cid": new_cid(), "index": 0, "part": 0, "parts": 2, "data": good, **bad}
        assert error_of(teen, "forms.picture", body) == (400, "bad_request")
        assert held(resources, teen) == []

    def test_one_that_does_not_add_up_is_refused_with_its_last_part(
        self, teen: Teen, resources: Resources
    ) -> None:
        cid, broken = new_cid(), drawn()[:-40]
        body = {"cid": cid, "index": 1, "part": 0, "parts": 1}
        data = base64.b64encode(broken).decode()
        assert error_of(teen, "forms.picture", {**body, "data": data}) == (400, "bad_request")
        assert held(resources, teen) == []

    def test_too_large_is_refused(self, teen: Teen, resources: Resources) -> None:
        cid, parts = new_cid(), in_parts(noise(307_201)[:307_300])
        assert len(parts) == 7 or sum(map(len, parts)) > 409_600
        body = {"cid": cid, "index": 0, "parts": 6}
        piece = base64.b64encode(drawn() + bytes(51_200 - len(drawn()))).decode()
        filler = base64.b64encode(bytes(51_200)).decode()
        for part in range(5):
            teen.call("forms.picture", **body, part=part, data=filler if part else piece)
        told = {**body, "part": 5, "data": base64.b64encode(bytes(51_200)).decode()}
        # 307,200 bytes are what is taken; behind its end a picture may have what it likes.
        teen.call("forms.picture", **told)
        (one,) = held(resources, teen)
        assert one["kind"] == "jpeg"

    def test_an_answer_whose_picture_has_not_come_is_refused(
        self, teen: Teen, page: str, resources: Resources
    ) -> None:
        told = answer(page, photo=[0, 1])
        bring(teen, told["cid"], drawn())
        assert error_of(teen, "forms.send", told) == (400, "bad_request")
        assert held(resources, teen) == []

    def test_a_refused_answer_takes_its_pictures_with_it(
        self, teen: Teen, page: str, resources: Resources
    ) -> None:
        told = answer(page, who="")
        bring(teen, told["cid"], drawn())
        assert error_of(teen, "forms.send", told) == (400, "bad_request")
        assert held(resources, teen) == []

    def test_one_picture_for_two_fields_is_refused(self, teen: Teen, page: str) -> None:
        told = answer(page, photo=[0], second=[0])
        bring(teen, told["cid"], drawn())
        assert error_of(teen, "forms.send", told) == (400, "bad_request")

    def test_what_the_answer_does_not_show_goes(
        self, teen: Teen, page: str, resources: Resources
    ) -> None:
        told = answer(page, photo=[1])
        for index in range(3):
            bring(teen, told["cid"], drawn(), index)
        teen.call("forms.send", **told)
        assert [one["index"] for one in held(resources, teen)] == [1]

    def test_withdrawn_they_are_gone(self, teen: Teen, page: str, resources: Resources) -> None:
        told = answer(page, photo=[0])
        bring(teen, told["cid"], drawn())
        teen.call("forms.send", **told)
        teen.call("forms.withdraw", cid=told["cid"])
        assert held(resources, teen) == []

    def test_to_an_answer_that_was_sent_none_is_added(self, teen: Teen, page: str) -> None:
        told = answer(page)
        teen.call("forms.send", **told)
        data = base64.b64encode(drawn()).decode()
        body = {"cid": told["cid"], "index": 0, "part": 0, "parts": 1, "data": data}
        assert error_of(teen, "forms.picture", body) == (409, "conflict")

    def test_so_many_wait_for_their_answer_and_no_more(self, running: Copy, teen: Teen) -> None:
        for _ in range(3):
            cid = new_cid()
            for index in range(3):
                bring(teen, cid, drawn(), index)
        body = {"cid": new_cid(), "index": 0, "part": 0, "parts": 1}
        data = base64.b64encode(drawn()).decode()
        assert error_of(teen, "forms.picture", {**body, "data": data}) == (409, "conflict")
        bring(Teen(running.address), new_cid(), drawn())

    def test_they_lie_sealed_and_go_after_a_day(self, teen: Teen, resources: Resources) -> None:
        bring(teen, new_cid(), drawn())
        (picture,) = held(resources, teen)
        assert b"JFIF" not in bytes(picture["whole"])
        assert base64.b64encode(drawn())[:24] not in bytes(picture["whole"])
        expires = picture["expires_at"].replace(tzinfo=timezone.utc)
        left = expires - datetime.now(timezone.utc)
        assert timedelta(hours=23) < left <= timedelta(days=1)

    def test_only_readers_see_them(self, teen: Teen, page: str, staff: Staffing) -> None:
        told = answer(page, photo=[0])
        bring(teen, told["cid"], drawn())
        teen.call("forms.send", **told)
        reader = staff("supervisor")
        (one,) = reader.call("forms.answers", page=page, form="sign_up")["answers"]
        body = {"answer": one["answer"], "index": 0}
        assert error_of(teen, "forms.answer_picture", body) == (403, "forbidden")
        assert error_of(staff("listener"), "forms.answer_picture", body) == (403, "forbidden")
        assert error_of(reader, "forms.answer_picture", {**body, "index": 1}) == (404, "not_found")
        teen.call("forms.withdraw", cid=told["cid"])
        assert error_of(reader, "forms.answer_picture", body) == (404, "not_found")
