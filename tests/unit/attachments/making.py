"""Files made in memory, as small as their formats allow: for tests of the readers. Writes nothing to disk."""

import io
import struct
import zipfile
from collections.abc import Sequence
from itertools import pairwise

from intake.attachments.extracted import Extracted
from intake.attachments.picture import Recognition
from intake.attachments.reading import File, Reader

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
ODF = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"'
)
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 80
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4


def read(name: str, content: bytes, declared: str = "", *, shown: bool = False) -> Extracted:
    """A file read in this process, the files inside of it as its children."""
    *children, own = Reader(Recognition(names=("скан", "img"))).read(File(name, content, declared, shown=shown))
    return Extracted(own.name, own.text, own.tables, own.stretches, own.note, tuple(children))


def rows(one: Extracted) -> list[list[str]]:
    """The rows of all tables as the texts their cells point at."""
    found: dict[tuple[int, int], list[str]] = {}
    for number, table in enumerate(one.tables):
        for cell in table.cells:
            found.setdefault((number, cell.row), []).append(one.text[cell.start : cell.end])
    return list(found.values())


def zipped(members: dict[str, bytes | str]) -> bytes:
    """A zip of these members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return buffer.getvalue()


def paragraph(text: str, properties: str = "") -> str:
    """A Word paragraph with one run."""
    return f"<w:p>{run(text, properties)}</w:p>"


def run(text: str, properties: str = "") -> str:
    """A Word run."""
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def docx(body: str, more: dict[str, bytes | str] | None = None) -> bytes:
    """A Word document with this body, and more members."""
    return zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>",
        }
        | (more or {})
    )


def word_table(cells: Sequence[Sequence[str]], properties: dict[tuple[int, int], str] | None = None) -> str:
    """A Word table; `properties` of single cells by row and column."""
    lines = []
    for number, row in enumerate(cells):
        inner = "".join(
            f"<w:tc><w:tcPr>{(properties or {}).get((number, column), '')}</w:tcPr>{paragraph(text)}</w:tc>"
            for column, text in enumerate(row)
        )
        lines.append(f"<w:tr>{inner}</w:tr>")
    return f"<w:tbl>{''.join(lines)}</w:tbl>"


def odt(body: str, styles: str = "", more: dict[str, bytes | str] | None = None) -> bytes:
    """An OpenDocument text with this body and these automatic styles."""
    content = (
        f"<office:document-content {ODF}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    return zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content} | (more or {}))


def xlsx(sheets: dict[str, str], hidden: Sequence[str] = (), merged: str = "", columns: str = "") -> bytes:
    """A workbook; each sheet is the XML of its rows. Style 1 is a date; `columns` is the XML about columns."""
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    listed, related, members = "", "", {}
    for number, (name, body) in enumerate(sheets.items(), 1):
        state = 'state="hidden"' if name in hidden else ""
        listed += f'<sheet name="{name}" sheetId="{number}" {state} r:id="rId{number}"/>'
        related += f'<Relationship Id="rId{number}" Type="{office}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        merge = f'<mergeCells><mergeCell ref="{merged}"/></mergeCells>' if merged else ""
        members[f"xl/worksheets/sheet{number}.xml"] = (
            f"<worksheet {space}>{f'<cols>{columns}</cols>' if columns else ''}<sheetData>{body}</sheetData>{merge}</worksheet>"
        )
    related += f'<Relationship Id="rId99" Type="{office}/styles" Target="styles.xml"/>'
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    return zipped(
        {
            "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
            "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="r" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f"<workbook {space}><sheets>{listed}</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}">{related}</Relationships>',
            "xl/styles.xml": f'<styleSheet {space}><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>',
            **members,
        }
    )


def xlsx_row(number: int, *values: str | float, style: int = 0) -> str:
    """One row of a sheet from column A on; empty strings are no cells."""
    cells = ""
    for column, value in zip("ABCDEFGH", values, strict=False):
        if isinstance(value, str):
            cells += f'<c r="{column}{number}" t="inlineStr"><is><t>{value}</t></is></c>' if value else ""
        else:
            cells += f'<c r="{column}{number}" s="{style}"><v>{value}</v></c>'
    return f'<row r="{number}">{cells}</row>'


def rtf(body: str) -> bytes:
    """An RTF document; Cyrillic letters of the body are written as cp1251 bytes."""
    coded = "".join(letter if ord(letter) < 128 else f"\\'{letter.encode('cp1251').hex()}" for letter in body)
    return (r"{\rtf1\ansi\ansicpg1251\deff0{\fonttbl{\f0\fcharset204 Arial;}}\f0 " + coded + "}").encode("ascii")


def pdf(
    lines: Sequence[tuple[int, int, str]],
    pages: int = 1,
    *,
    scanned: bool = False,
    ruled: Sequence[tuple[int, int, int, int]] = (),
    trailer: str = "",
    page: str = "",
    before: str = "",
) -> bytes:
    """A PDF with text at (x, y) in points, Cyrillic by a ToUnicode map; without lines its pages are empty.

    `scanned`: a picture over the page, the letters unseen. `ruled` lines from point to point. `trailer` and `page` go
    into those dictionaries, `before` stands before all operators.
    """
    picture = "/XObject << /P 6 0 R >>" if scanned else ""
    font = "/Font << /F1 3 0 R >>"
    pairs = "".join(f"<{code:02x}> <{ord(bytes([code]).decode('cp1251', 'replace')):04x}>\n" for code in range(32, 256))
    drawn = before + "".join(f"{x} {y} m {to_x} {to_y} l S\n" for x, y, to_x, to_y in ruled)
    drawn += ("/P Do 3 Tr\n" if scanned else "") + "".join(
        f"BT /F1 10 Tf {x} {y} Td <{text.encode('cp1251').hex()}> Tj ET\n" for x, y, text in lines
    )
    kids = " ".join(f"{number} 0 R" for number in range(7, 7 + pages))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>",
        f"<< /Type /Font /Subtype /TrueType /BaseFont /Arial /FirstChar 32 /LastChar 255 /Widths [{'500 ' * 224}] /ToUnicode 4 0 R >>",
        _stream(f"1 begincodespacerange <00> <ff> endcodespacerange\n224 beginbfchar\n{pairs}endbfchar"),
        _stream(drawn),
        "<< /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 /Length 1 >>\nstream\nx\nendstream",
        *[
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R /Resources << {font} {picture} >> {page} >>"
        ]
        * pages,
    ]
    out, places = b"%PDF-1.4\n", []
    for number, text in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{text}\nendobj\n".encode("ascii")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    end = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer << /Size {size} /Root 1 0 R {trailer} >>\nstartxref\n{len(out)}\n%%EOF"
    return out + end.encode("ascii")


def _stream(text: str) -> str:
    return f"<< /Length {len(text)} >>\nstream\n{text}\nendstream"


def tnef(name: str, content: bytes, *, wide: bool = False, letter: tuple[int, int, bytes] | None = None) -> bytes:
    """A winmail.dat with one file; `wide` gives its name as a UTF-16 property as well.

    `letter` is a property of the letter: its type, number and value.
    """

    def attribute(level: int, kind: int, number: int, data: bytes) -> bytes:
        return struct.pack("<BHHI", level, number, kind, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)

    short = "file~1.doc" if wide else name
    out = struct.pack("<IH", 0x223E9F78, 1) + attribute(1, 6, 0x9007, struct.pack("<II", 1251, 0))
    if letter is not None:
        kind, number, value = letter
        padded = value + bytes(-len(value) % 4)
        out += attribute(1, 6, 0x9003, struct.pack("<IHHII", 1, kind, number, 1, len(value)) + padded)
    out += attribute(2, 6, 0x9002, bytes(14)) + attribute(2, 1, 0x8010, short.encode("cp1251") + b"\0")
    out += attribute(2, 6, 0x800F, content)
    if wide:
        text = (name + "\0").encode("utf-16-le")
        padded = text + bytes(-len(text) % 4)
        properties = struct.pack("<I", 2) + struct.pack("<HHI", 3, 0x3705, 1)
        properties += struct.pack("<HHII", 0x1F, 0x3707, 1, len(text)) + padded
        out += attribute(2, 6, 0x9005, properties)
    return out


def word_streams(
    text: str,
    *,
    letters: dict[tuple[int, int], int] | None = None,
    paragraphs: dict[tuple[int, int], int] | None = None,
) -> tuple[bytes, bytes]:
    """The streams (WordDocument, 1Table) of an old Word document: one piece of UTF-16.

    `letters` and `paragraphs` give runs (start, end) of the text one property each, by the number of its sprm.
    """
    begin, body = 2048, text.encode("utf-16-le")
    main = bytearray(begin + len(body) + -len(body) % 512)
    main[begin : begin + len(body)] = body
    table = bytearray()
    struct.pack_into("<HH", main, 0, 0xA5EC, 0xC1)
    struct.pack_into("<H", main, 10, 0x0200)
    struct.pack_into("<8i", main, 0x4C, len(text), 0, 0, 0, 0, 0, 0, 0)
    for where, step, runs in ((0x00FA, 1, letters), (0x0102, 13, paragraphs)):
        if runs:
            page = _formatting_page(runs, begin, step)
            struct.pack_into("<II", main, where, len(table), 12)
            table += struct.pack("<III", begin, begin + len(body), len(main) // 512)
            main += page
    struct.pack_into("<II", main, 0x01A2, len(table), 5 + 8 + 8)
    table += b"\x02" + struct.pack("<I", 16) + struct.pack("<II", 0, len(text)) + struct.pack("<HIH", 0, begin, 0)
    return bytes(main), bytes(table)


def _formatting_page(runs: dict[tuple[int, int], int], begin: int, step: int) -> bytes:
    places = sorted({place for span in runs for place in span})
    page = bytearray(512)
    page[511] = len(places) - 1
    struct.pack_into(f"<{len(places)}I", page, 0, *(begin + 2 * place for place in places))
    at = 500
    for number, span in enumerate(pairwise(places)):
        if span in runs:
            sprm = struct.pack("<HB", runs[span], 1)
            at -= 8
            block = bytes([3]) + sprm if step == 1 else bytes([3, 0, 0]) + sprm
            page[at : at + len(block)] = block
            page[4 * len(places) + step * number] = at // 2
    return bytes(page)
