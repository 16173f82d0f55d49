from __future__ import annotations


def test_pages(client, books):
    for url in (
        "/admin/",
        "/admin/library/",
        "/admin/library/book/",
        "/admin/library/author/",
        "/admin/library/publisher/",
        "/admin/library/review/",
        "/admin/auth/user/",
        "/admin/library/book/?_facets=1",
        "/admin/library/book/?_part=facets",
        "/admin/password_change/",
    ):
        answer = client.get(url)
        assert answer.status_code == 200, url
        print(url, len(answer.content))
