"""Mails: subject, sender and date as the first lines, then the body. Attachments are counted, not read."""

import io
from datetime import datetime
from email import message_from_bytes
from email.message import MIMEPart
from email.policy import default
from email.utils import parsedate_to_datetime

from oxmsg import Message

from ragkit.documents import Value
from ragkit.parsing.blocks import Block, Parsed, Unreadable
from ragkit.parsing.cleaning import one_line
from ragkit.parsing.readers.markup import parse_html
from ragkit.parsing.readers.plain import decode, paragraphs
from ragkit.parsing.readers.thread import blocks_of_text, parted

_LOOK = 4096


def read_eml(body: bytes) -> Parsed:
    """Return a mail as it is sent (RFC 5322). The HTML part wins over the plain one."""
    narrow = decode(body).encode() if b"\x00" in body[:_LOOK] else body
    message = message_from_bytes(narrow, policy=default)
    if message.get_content_type() in {"multipart/encrypted", "application/pkcs7-mime"}:
        raise Unreadable("is encrypted; save it decrypted")
    part = message.get_body(("html", "plain"))
    header = {name: one_line(str(message.get(name, ""))) for name in ("subject", "from", "to", "cc", "date")}
    return _mail(header, _content(part), len(list(message.iter_attachments())))


def read_msg(body: bytes) -> Parsed:
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
    return _mail(header, content, message.attachment_count)


def _mail(header: dict[str, str], content: Parsed, attachments: int) -> Parsed:
    if not content.blocks and not header["subject"]:
        raise Unreadable("has no text")
    lines = [f"{name.capitalize()}: {value}" for name, value in header.items() if value]
    date = _iso(header["date"])
    metadata: dict[str, Value] = dict(content.metadata)
    metadata |= {name: header[name] for name in ("subject", "from", "to", "cc") if header.get(name)}
    if date:
        metadata["date"] = date
    if attachments:
        metadata["attachments"] = attachments
    blocks = [Block(text="\n".join(lines)), *parted(content.blocks)]
    return Parsed(blocks=blocks, title=header["subject"], metadata=metadata)


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
