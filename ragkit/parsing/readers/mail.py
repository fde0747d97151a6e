"""Mails: subject, sender and date as the first lines, then the body, then each attachment below its name.

An attachment is a part of its mail and no document of its own: it comes and goes with the mail, whoever may read one
may read the other, and a citation of it names the mail.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email import message_from_bytes
from email.message import MIMEPart
from email.policy import default
from email.utils import parsedate_to_datetime
from functools import partial

from oxmsg import Message

from ragkit.documents import Resource, Value
from ragkit.parsing.blocks import Block, Parsed, Unreadable
from ragkit.parsing.cleaning import one_line
from ragkit.parsing.media import kind_of
from ragkit.parsing.readers.markup import parse_html
from ragkit.parsing.readers.plain import decode, paragraphs
from ragkit.parsing.readers.registry import guarded, load_reader
from ragkit.parsing.readers.thread import blocks_of_text, parted

_LOOK = 4096
# A mail in a mail in a mail; and of each as many files.
_DEEPEST = 3
_MOST = 100


@dataclass(frozen=True, kw_only=True)
class _Attachment:
    name: str
    media_type: str
    body: bytes


def read_eml(body: bytes, *, depth: int = 0) -> Parsed:
    """Return a mail as it is sent (RFC 5322). The HTML part wins over the plain one."""
    narrow = decode(body).encode() if b"\x00" in body[:_LOOK] else body
    message = message_from_bytes(narrow, policy=default)
    if message.get_content_type() in {"multipart/encrypted", "application/pkcs7-mime"}:
        raise Unreadable("is encrypted; save it decrypted")
    part = message.get_body(("html", "plain"))
    header = {name: one_line(str(message.get(name, ""))) for name in ("subject", "from", "to", "cc", "date")}
    return _mail(header, _content(part), [_attached(part) for part in message.iter_attachments()], depth)


def read_msg(body: bytes, *, depth: int = 0) -> Parsed:
    """Return a mail as Outlook saves it."""
    message = Message.load(io.BytesIO(body))
    if "encrypted" in message.message_headers.get("Content-Type", ""):
        raise Unreadable("is encrypted; save it decrypted")
    header = {
        "subject": one_line(message.subject or ""),
        "from": one_line(message.sender or ""),
        "to": ", ".join(one_line(recipient.email_address) for recipient in message.recipients),
        "date": message.sent_date.isoformat() if message.sent_date else "",
    }
    content = parse_html(message.html_body) if message.html_body else _plain(message.body or "")
    attached = [
        _Attachment(name=one.file_name or "", media_type=one.mime_type or "", body=one.file_bytes or b"")
        for one in message.attachments
    ]
    return _mail(header, content, attached, depth)


_MAILS = {"eml": read_eml, "msg": read_msg}


def _mail(header: dict[str, str], content: Parsed, attached: Sequence[_Attachment], depth: int) -> Parsed:
    files = [(one.name or one.media_type, _read(one, depth)) for one in attached[:_MOST]]
    unread = len(attached) - sum(bool(file.blocks) for _, file in files)
    if not content.blocks and not header["subject"] and unread == len(attached):
        raise Unreadable("has no text")
    lines = [f"{name.capitalize()}: {value}" for name, value in header.items() if value]
    date = _iso(header["date"])
    metadata: dict[str, Value] = dict(content.metadata)
    metadata |= {name: header[name] for name in ("subject", "from", "to", "cc") if header.get(name)}
    if date:
        metadata["date"] = date
    if attached:
        metadata["attachments"] = len(attached)
    if unread:
        metadata["attachments_unread"] = unread
    blocks = [Block(text="\n".join(lines)), *parted(content.blocks)]
    blocks += (
        block for name, file in files for block in _below(f"{name} (scan)" if file.is_scan else name, file.blocks)
    )
    lacks = next((file.lacks for _, file in files if file.lacks), "")
    return Parsed(blocks=blocks, title=header["subject"], metadata=metadata, lacks=lacks)


def _attached(part: MIMEPart) -> _Attachment:
    media_type = part.get_content_type()
    if media_type == "message/rfc822":
        mail = part.get_content()
        return _Attachment(name=one_line(str(mail.get("subject", ""))), media_type=media_type, body=mail.as_bytes())
    # What the HTML shows in its place is a logo or an icon, not a page.
    is_shown = part.get_content_maintype() == "image" and "Content-ID" in part
    payload = None if is_shown else part.get_payload(decode=True)
    body = payload if isinstance(payload, bytes) else b""
    return _Attachment(name=part.get_filename(""), media_type=media_type, body=body)


def _read(attachment: _Attachment, depth: int) -> Parsed:
    """Return what the attachment's own reader makes of it: no blocks, if it can't be read."""
    file = Resource(uri=attachment.name, body=attachment.body, media_type=attachment.media_type, revision="")
    try:
        kind = kind_of(file)
        # Neither its name nor its type nor its bytes say what it is.
        if (kind == "text" and not file.media_type.startswith("text/")) or (kind in _MAILS and depth == _DEEPEST):
            return Parsed(blocks=[])
        return guarded(partial(_MAILS[kind], depth=depth + 1) if kind in _MAILS else load_reader(kind), file.body)
    except Unreadable as error:
        return Parsed(blocks=[], lacks=error.lacks)


def _below(name: str, blocks: Sequence[Block]) -> Iterator[Block]:
    if blocks:
        yield Block(text=f"Attachment: {name}", kind="heading", page=0)
    for block in blocks:
        yield replace(block, level=block.level + 1) if block.kind == "heading" else block


def _content(part: MIMEPart | None) -> Parsed:
    if part is None:
        return Parsed(blocks=[])
    payload = part.get_payload(decode=True)
    text = decode(payload, declared=part.get_content_charset("")) if isinstance(payload, bytes) else ""
    return parse_html(text) if part.get_content_subtype() == "html" else _plain(text)


def _plain(text: str) -> Parsed:
    return Parsed(blocks=list(blocks_of_text(paragraphs(text))))


def _iso(date: str) -> str:
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            return read(date).isoformat()
        except ValueError:
            continue
    return ""
