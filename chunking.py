"""stub"""
from ragkit.documents import Chunk, Document
CHUNKER = "stub"
def chunk_document(document, *, window, count_tokens):
    out=[]
    secs = document.sections
    for s in secs:
        t = document.text[s.start:s.end]
        if not t.strip(): continue
        a = s.start + len(t)-len(t.lstrip()); e = s.start+len(t.rstrip())
        while e-a > 700:
            cut = document.text.rfind(" ", a, a+700); cut = cut if cut>a else a+700
            out.append((a,cut,s)); a = cut+1
        out.append((a,e,s))
    return [Chunk(document_id=document.id, ordinal=i, text=document.text[a:e], start=a, end=e, uri=document.uri, title=document.title, heading=s.heading, page=s.page) for i,(a,e,s) in enumerate(out)]
def embedded_text(chunk): return f"{chunk.title}. {chunk.heading}\n{chunk.text}"
