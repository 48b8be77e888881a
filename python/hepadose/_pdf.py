"""PDF of a report: the same page, laid out by WeasyPrint."""

from typing import cast

from hepadose._document import missing


def written(html: str) -> bytes:
    """Lay a page out on A4.

    Raises
    ------
    hepadose.errors.MissingExtraError
        WeasyPrint is not installed, or lacks the libraries of the system that it draws text with.
    """
    try:
        from weasyprint import HTML  # noqa: PLC0415 - an extra
        from weasyprint.urls import URLFetcher  # noqa: PLC0415 - an extra
    except (ImportError, OSError) as error:  # OSError: Pango is not there
        raise missing("pdf", "weasyprint (and the system's Pango)") from error

    # A report holds all it shows; nothing else may be fetched.
    content = HTML(string=html, url_fetcher=URLFetcher(allowed_protocols=("data",))).write_pdf()
    return cast("bytes", content)  # without a target it gives the bytes
