"""Japan's prefectures by their names, in the order of JIS X 0401: what zones of delivery are made of."""

import unicodedata

from customers.postal import find_place

PREFECTURES = (
    "北海道", "青森県", "岩手県", "宮城県", "秋田県", "山形県", "福島県", "茨城県", "栃木県", "群馬県",
    "埼玉県", "千葉県", "東京都", "神奈川県", "新潟県", "富山県", "石川県", "福井県", "山梨県", "長野県",
    "岐阜県", "静岡県", "愛知県", "三重県", "滋賀県", "京都府", "大阪府", "兵庫県", "奈良県", "和歌山県",
    "鳥取県", "島根県", "岡山県", "広島県", "山口県", "徳島県", "香川県", "愛媛県", "高知県", "福岡県",
    "佐賀県", "長崎県", "熊本県", "大分県", "宮崎県", "鹿児島県", "沖縄県",
)  # fmt: skip
_BY_NAME = {name: name for name in PREFECTURES} | {
    name.removesuffix(name[-1]): name for name in PREFECTURES if name != "北海道"
}


def find_prefecture(*, prefecture: str = "", postal_code: str = "", country: str = "JP") -> str | None:
    """
    The prefecture that an address means: as it is written, with or without 都府県, else its postal code's.

    None where neither says; addresses elsewhere have none.
    """
    if country != "JP":
        return None
    named = _BY_NAME.get(unicodedata.normalize("NFKC", prefecture).strip())
    if named is not None or not postal_code:
        return named
    place = find_place(postal_code)
    return _BY_NAME.get(place.prefecture) if place else None
