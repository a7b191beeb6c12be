"""Yahoo's XML: small documents out, answers and their errors in."""

from xml.etree import ElementTree

import httpx

from connectors.errors import PushFailed


def element(tag: str, text: str = "", **children: str) -> ElementTree.Element:
    made = ElementTree.Element(tag)
    made.text = text or None
    for name, value in children.items():
        ElementTree.SubElement(made, name).text = value
    return made


def parsed(response: httpx.Response) -> ElementTree.Element:
    """
    An answer's document, its tags without namespaces.

    Raises:
        PushFailed: it is no XML, or says that something is wrong: for good, as it was understood.
    """
    try:
        root = ElementTree.fromstring(response.content)
    except ElementTree.ParseError as error:
        raise PushFailed(f"The answer is no XML: {error}") from error
    for each in root.iter():
        each.tag = each.tag.rpartition("}")[2]
    status = root.find("Result/Status")
    refused = root.tag == "Error" or root.find(".//Error") is not None
    # In stock's answers a status says whether an item is there, 0 or 1.
    if refused or (status is not None and (status.text or "").strip() == "NG"):
        raise PushFailed(" ".join(said.strip() for said in root.itertext())[:500].strip(), permanent=True)
    return root


def text_of(parent: ElementTree.Element | None, path: str) -> str:
    """The text at a path, empty where there is none."""
    found = None if parent is None else parent.find(path)
    return (found.text or "").strip() if found is not None else ""
