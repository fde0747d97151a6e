"""Files of open formats made for a test: Rich Text, OpenDocument texts and books."""

from tests.parsing.resources import archive

_NAMESPACES = " ".join(
    f'xmlns:{part}="urn:oasis:names:tc:opendocument:xmlns:{part}:1.0"' for part in ("office", "style", "table", "text")
)


def rtf(*parts: str) -> str:
    return "\n".join([r"{\rtf1\ansi{\info{\title Gym membership}{\author K. Lund}}", *parts, "}"])


def rtf_row(*cells: str) -> str:
    return "".join(f"\\pard\\intbl {cell}\\cell\n" for cell in cells) + "\\row\n"


def odt(*blocks: str) -> bytes:
    styles = '<style:style style:name="P1" style:family="paragraph" style:parent-style-name="Title"/>'
    body = f"<office:body><office:text>{''.join(blocks)}</office:text></office:body>"
    content = (
        f"<office:document-content {_NAMESPACES}><office:automatic-styles>{styles}</office:automatic-styles>{body}"
    )
    return archive(
        mimetype=b"application/vnd.oasis.opendocument.text",
        **{
            "content.xml": f"{content}</office:document-content>".encode(),
            "styles.xml": f"<office:document-styles {_NAMESPACES}><office:styles/></office:document-styles>".encode(),
        },
    )


def odt_table(header: str, *rows: str) -> str:
    return (
        f"<table:table><table:table-header-rows>{_odt_row(header)}</table:table-header-rows>"
        f"{''.join(map(_odt_row, rows))}</table:table>"
    )


def _odt_row(row: str) -> str:
    cells = (f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in row.split(" | "))
    return f"<table:table-row>{''.join(cells)}</table:table-row>"


def epub(chapter: str) -> bytes:
    container = (
        '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile '
        'full-path="b.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
    )
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Orchard Handbook</dc:title><dc:creator>M. Field'
        '</dc:creator></metadata><manifest><item id="c" href="c.xhtml" media-type="application/xhtml+xml"/></manifest>'
        '<spine><itemref idref="c"/></spine></package>'
    )
    page = f'<html xmlns="http://www.w3.org/1999/xhtml"><head><title>C</title></head><body>{chapter}</body></html>'
    return archive(
        mimetype=b"application/epub+zip",
        **{"META-INF/container.xml": container.encode(), "b.opf": package.encode(), "c.xhtml": page.encode()},
    )
