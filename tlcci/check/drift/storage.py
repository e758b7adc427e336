"""Where builds put things: buckets, who may reach them, repositories of images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlcci.check.drift.place import Drift
from tlcci.check.drift.words import closest, hint, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tlcci.check.drift.asked import Asked
    from tlcci.check.drift.production import Production


def ungranted_buckets(asked: Asked, given: Production) -> Iterator[Drift]:
    """A bucket that the checkout uses and no policy grants."""
    granted = given.terraform.granted()
    names = {one.name for one in granted}
    for one in asked.buckets():
        near = closest(one.name, granted)
        if near and one.name not in names and "*" not in names:
            yield Drift(
                "bucket-not-granted",
                "error",
                f"uses the bucket {one.name}, to which no policy grants access"
                f"{hint(one.name, near)}",
                one.place,
                near.place,
            )


def stray_grants(asked: Asked, given: Production) -> Iterator[Drift]:
    """A policy that grants access to a bucket that is never made."""
    del asked
    made = given.terraform.buckets()
    names = {one.name for one in made}
    for one in given.terraform.granted():
        near = closest(one.name, made)
        if near and one.name not in names:
            yield Drift(
                "grant-without-bucket",
                "warning",
                f"grants access to the bucket {one.name}, which is not made here"
                f"{hint(one.name, near)}",
                one.place,
                near.place,
            )


def unmade_buckets(asked: Asked, given: Production) -> Iterator[Drift]:
    """A bucket that the checkout uses and nothing makes."""
    made = given.terraform.buckets()
    names = {one.name for one in made}
    for one in asked.buckets():
        near = closest(one.name, made)
        if near and one.name not in names:
            text = f"uses the bucket {one.name}, which is not made here"
            text += hint(one.name, near)
            yield Drift("bucket-not-made", "warning", text, one.place, near.place)


def stale_repositories(asked: Asked, given: Production) -> Iterator[Drift]:
    """A repository of images that the checkout does not use, or the other way round."""
    images = asked.images()
    names = {one.name: one for one in images}
    kept = given.terraform.repositories()
    if not names.keys() & {one.name for one in kept}:
        return
    for one in kept:
        near = closest(one.name, images)
        if one.name not in names and near:
            text = f"keeps a repository for {one.name}; the checkout's images are "
            yield Drift(
                "repository-unused",
                "note",
                text + listed(sorted(names)),
                one.place,
                near.place,
            )
    for image in images:
        near = closest(image.name, kept)
        if near and image.name not in {one.name for one in kept}:
            text = f"uses the image {image.name}, for which no repository is kept"
            yield Drift("repository-missing", "warning", text, image.place, near.place)


RULES = (ungranted_buckets, stray_grants, unmade_buckets, stale_repositories)
