"""
Drawings that stand in for photographs: what each kind of goods looks like, in four tones.

On a field of 400 × 500: `a` is the colour of the goods, `b` its shade, `c` its light, `d` ink.
"""

from typing import NamedTuple


class Motif(NamedTuple):
    """Words that name the kind of goods (in a category's code or a name), and its drawing."""

    words: tuple[str, ...]
    drawing: str


MOTIFS: dict[str, Motif] = {
    "tee": Motif(
        ("tee", "t-shirt", "tshirt", "カットソー", "tシャツ", "tops", "トップス"),
        '<path class="a" d="M150 138l-72 40 28 66 30-14v148h128V230l30 14 28-66-72-40c-12 22-30 32-50 32s-38-10-50-32z"/>'
        '<path class="b" d="M150 138c12 22 30 32 50 32s38-10 50-32l-14-6c-8 14-20 20-36 20s-28-6-36-20z"/>'
        '<path class="b" d="M136 230v148h14V220zM264 230v148h-14V220z"/>',
    ),
    "shirt": Motif(
        ("shirt", "blouse", "シャツ", "ブラウス"),
        '<path class="a" d="M158 128l-66 34-30 132 40 12 34-84v166h128V222l34 84 40-12-30-132-66-34-42 30z"/>'
        '<path class="c" d="M158 128l42 30-26 30-30-48zM242 128l-42 30 26 30 30-48z"/>'
        '<path class="b" d="M196 166h8v222h-8z"/><g class="c"><circle cx="200" cy="206" r="4"/>'
        '<circle cx="200" cy="250" r="4"/><circle cx="200" cy="294" r="4"/><circle cx="200" cy="338" r="4"/></g>',
    ),
    "knit": Motif(
        (
            "knit",
            "sweater",
            "cardigan",
            "ニット",
            "セーター",
            "カーディガン",
            "fleece",
            "フリース",
            "スウェット",
            "parka",
            "パーカ",
        ),
        '<path class="a" d="M152 138l-58 30-36 150 42 12 32-86v142h136V244l32 86 42-12-36-150-58-30c-14 14-30 20-48 20s-34-6-48-20z"/>'
        '<path class="b" d="M132 366h136v22H132zM58 308l43 13-5 16-42-12zM342 308l-43 13 5 16 42-12z"/>'
        '<path class="c" d="M156 220h88v6h-88zM156 240h88v6h-88zM156 260h88v6h-88z"/>'
        '<path class="b" d="M152 138c14 14 30 20 48 20s34-6 48-20l-8-8c-12 10-24 14-40 14s-28-4-40-14z"/>',
    ),
    "coat": Motif(
        ("coat", "jacket", "outer", "down", "コート", "ジャケット", "ダウン", "アウター", "ブルゾン"),
        '<path class="a" d="M156 112l-66 36-30 180 40 8 32-116v206h136V220l32 116 40-8-30-180-66-36-44 34z"/>'
        '<path class="b" d="M197 150h6v276h-6z"/><path class="c" d="M156 112l44 34-30 62-36-78zM244 112l-44 34 30 62 36-78z"/>'
        '<path class="b" d="M144 300h38v8h-38zM218 300h38v8h-38z"/><g class="d"><circle cx="188" cy="246" r="5"/>'
        '<circle cx="188" cy="290" r="5"/><circle cx="188" cy="334" r="5"/></g>',
    ),
    "trousers": Motif(
        ("pants", "trouser", "denim", "jean", "bottom", "パンツ", "デニム", "ジーンズ", "ボトムス", "チノ"),
        '<path class="a" d="M136 110h128l22 300h-62l-24-220-24 220h-62z"/><path class="b" d="M136 110h128l2 26H134z"/>'
        '<path class="b" d="M198 136h4l-2 54zM126 390h60l-2 20h-60zM214 390h60l2 20h-60z"/>'
        '<path class="c" d="M146 146l22 2-8 30-18 2zM254 146l-22 2 8 30 18 2z"/>',
    ),
    "skirt": Motif(
        ("skirt", "dress", "one-piece", "スカート", "ワンピース", "ドレス"),
        '<path class="a" d="M160 112h80l10 96 56 190c-34 16-178 16-212 0l56-190z"/><path class="b" d="M150 208h100l2 14H148z"/>'
        '<path class="b" d="M176 226l-34 174 12 2zM224 226l34 174-12 2zM198 226h4l4 178h-12z"/>'
        '<path class="c" d="M160 112c8 16 22 26 40 26s32-10 40-26h-14c-6 8-14 12-26 12s-20-4-26-12z"/>',
    ),
    "socks": Motif(
        ("sock", "stocking", "靴下", "くつ下", "ソックス", "inner", "インナー", "肌着"),
        '<path class="a" d="M122 120h66v150c0 14 10 20 24 28l40 24c24 14 14 54-16 54h-58c-36 0-56-22-56-56z"/>'
        '<path class="b" d="M122 120h66v26h-66zM122 320c0 34 20 56 56 56h14c-30-6-40-30-36-56z"/>'
        '<path class="c" d="M122 160h66v8h-66zM122 182h66v8h-66zM232 310l20 12c16 10 16 32 4 44-16-10-26-30-24-56z"/>',
    ),
    "bag": Motif(
        ("bag", "tote", "backpack", "バッグ", "トート", "リュック", "かばん"),
        '<path class="b" d="M150 200v-38c0-66 100-66 100 0v38h-16v-36c0-44-68-44-68 0v36z"/>'
        '<path class="a" d="M104 192h192l20 198H84z"/><path class="b" d="M86 366h228l2 24H84z"/><path class="c" d="M172 244h56v40h-56z"/>',
    ),
    "hat": Motif(
        ("hat", "cap", "beanie", "帽子", "キャップ"),
        '<path class="a" d="M120 292c0-130 160-130 160 0z"/><path class="b" d="M104 286h192c16 0 22 12 22 22s-6 20-22 20H104c-16 0-22-10-22-20s6-22 22-22z"/>'
        '<circle class="c" cx="200" cy="186" r="20"/><path class="b" d="M160 220l-16 66h8zM240 220l16 66h-8zM197 208h6v78h-6z"/>',
    ),
    "shoes": Motif(
        ("shoe", "sneaker", "boot", "sandal", "靴", "スニーカー", "ブーツ", "サンダル"),
        '<path class="a" d="M82 220l60-10c22 36 54 52 92 58 46 8 84 16 84 56H82z"/><path class="c" d="M76 324h250c0 22-10 30-26 30H92c-12 0-16-10-16-30z"/>'
        '<path class="b" d="M150 232l24-16 8 8-24 16zM176 250l22-18 8 8-22 18zM206 262l20-18 8 8-18 16zM82 220l26-4v108H82z"/>',
    ),
    "tea": Motif(
        ("tea", "sencha", "matcha", "茶", "ほうじ", "抹茶", "ティーバッグ"),
        '<path class="a" d="M132 150h136l10 250H122z"/><path class="b" d="M126 126h148v30H126z"/><path class="c" d="M150 206h100v120H150z"/>'
        '<path class="a" d="M200 226c34 20 34 60 0 84-34-24-34-64 0-84z"/><path class="c" d="M198 240h4v64h-4z"/>',
    ),
    "coffee": Motif(
        ("coffee", "espresso", "コーヒー", "珈琲"),
        '<path class="a" d="M128 140h144l14 264H114z"/><path class="b" d="M128 140l16-26h112l16 26z"/><path class="c" d="M148 214h104v110H148z"/>'
        '<ellipse class="a" cx="200" cy="268" rx="28" ry="38"/><path class="c" d="M196 232c18 20-14 52 6 74l-6-1c-20-22 12-54-6-72z"/>',
    ),
    "rice": Motif(
        ("rice", "grain", "flour", "米", "ごはん", "玄米", "小麦"),
        '<path class="c" d="M118 152c26-16 138-16 164 0l14 238c-50 18-142 18-192 0z"/><path class="b" d="M136 120l128 0-16 34h-96z"/>'
        '<circle class="a" cx="200" cy="272" r="58"/><g class="c"><ellipse cx="186" cy="258" rx="8" ry="16" transform="rotate(-24 186 258)"/>'
        '<ellipse cx="216" cy="262" rx="8" ry="16" transform="rotate(18 216 262)"/><ellipse cx="198" cy="294" rx="8" ry="16" transform="rotate(70 198 294)"/></g>',
    ),
    "noodles": Motif(
        (
            "noodle",
            "soba",
            "udon",
            "ramen",
            "pasta",
            "麺",
            "そば",
            "うどん",
            "ラーメン",
            "そうめん",
            "パスタ",
        ),
        '<path class="c" d="M118 208c0-28 164-28 164 0v30H118z"/><path class="b" d="M126 214c10-12 18 8 30 0s18 8 30 0 18 8 30 0 18 8 30 0 18 8 28 0v20H126z"/>'
        '<path class="a" d="M86 236h228c0 76-44 118-76 130v24h-76v-24c-32-12-76-54-76-130z"/><path class="b" d="M86 236h228l-2 20H88z"/>'
        '<path class="d" d="M228 110l8 2-32 116-8-2zM256 114l8 4-46 112-8-4z"/>',
    ),
    "sweets": Motif(
        (
            "sweet",
            "snack",
            "cookie",
            "cake",
            "choco",
            "candy",
            "菓子",
            "せんべい",
            "煎餅",
            "羊羹",
            "チョコ",
            "クッキー",
            "まんじゅう",
            "饅頭",
            "どら焼",
            "餅",
            "サブレ",
            "フィナンシェ",
            "ケーキ",
            "かりんとう",
            "ゼリー",
        ),
        '<path class="b" d="M84 214h232v170H84z"/><path class="a" d="M72 176h256v52H72z"/><path class="c" d="M184 176h32v208h-32z"/>'
        '<path class="c" d="M200 176c-70-16-84-64-54-74 26-8 48 30 54 74zM200 176c70-16 84-64 54-74-26-8-48 30-54 74z"/>',
    ),
    "bottle": Motif(
        (
            "drink",
            "beverage",
            "sake",
            "wine",
            "beer",
            "juice",
            "water",
            "vinegar",
            "oil",
            "酒",
            "酢",
            "油",
            "飲料",
            "ジュース",
            "ワイン",
            "ビール",
            "水",
            "醤油",
            "しょうゆ",
            "soy",
            "みりん",
            "だし",
            "sauce",
        ),
        '<path class="a" d="M178 104h44v76c0 22 34 36 34 74v134c0 12-8 20-20 20h-72c-12 0-20-8-20-20V254c0-38 34-52 34-74z"/>'
        '<path class="b" d="M174 96h52v24h-52zM144 372h112v16c0 12-8 20-20 20h-72c-12 0-20-8-20-20z"/><path class="c" d="M152 266h96v84h-96z"/>'
        '<path class="a" d="M172 288h56v8h-56zM172 308h40v8h-40z"/>',
    ),
    "jar": Motif(
        (
            "jam",
            "honey",
            "miso",
            "pickle",
            "spice",
            "seasoning",
            "調味料",
            "味噌",
            "みそ",
            "漬",
            "はちみつ",
            "ジャム",
            "塩",
            "砂糖",
            "こしょう",
            "海苔",
            "のり",
            "ふりかけ",
            "梅",
        ),
        '<path class="c" d="M118 176h164c18 0 24 12 24 28v158c0 20-12 30-30 30H124c-18 0-30-10-30-30V204c0-16 6-28 24-28z"/>'
        '<path class="a" d="M108 232h184v128c0 10-6 18-18 18H126c-12 0-18-8-18-18z"/><path class="b" d="M114 128h172v48H114z"/><path class="c" d="M148 268h104v66H148z"/>'
        '<path class="b" d="M168 290h64v6h-64zM168 306h44v6h-44z"/>',
    ),
    "can": Motif(
        ("can", "tin", "curry", "soup", "retort", "缶", "カレー", "スープ", "レトルト", "惣菜"),
        '<path class="a" d="M108 150h184v220c0 26-184 26-184 0z"/><ellipse class="b" cx="200" cy="150" rx="92" ry="24"/><ellipse class="c" cx="200" cy="148" rx="74" ry="16"/>'
        '<path class="c" d="M108 216c40 18 144 18 184 0v100c-40 18-144 18-184 0z"/><circle class="a" cx="200" cy="278" r="32"/>',
    ),
    "fruit": Motif(
        ("fruit", "vegetable", "fresh", "果", "りんご", "みかん", "野菜", "青果"),
        '<circle class="a" cx="164" cy="290" r="78"/><circle class="b" cx="248" cy="304" r="66"/><path class="d" d="M164 214c-2-28 6-50 22-66l8 6c-14 16-20 34-20 60z"/>'
        '<path class="c" d="M186 168c30-30 66-26 84-10-22 26-54 30-84 10zM122 262c8-22 24-30 38-32-14 10-24 22-28 40z"/>',
    ),
    "speaker": Motif(
        ("speaker", "radio", "スピーカー", "スピーカーマイク", "ラジオ"),
        '<rect class="a" x="118" y="104" width="164" height="300" rx="18"/><circle class="b" cx="200" cy="300" r="62"/>'
        '<circle class="c" cx="200" cy="300" r="34"/><circle class="d" cx="200" cy="300" r="10"/><circle class="b" cx="200" cy="172" r="32"/><circle class="c" cx="200" cy="172" r="12"/>',
    ),
    "headphones": Motif(
        (
            "headphone",
            "earphone",
            "earbud",
            "audio",
            "ヘッドホン",
            "イヤホン",
            "オーディオ",
        ),
        '<path class="b" d="M92 286c0-190 216-190 216 0h-22c0-156-172-156-172 0z"/><path class="a" d="M80 268h44c14 0 20 8 20 20v82c0 12-6 20-20 20h-8c-26 0-40-20-40-46v-50c0-18-4-26 4-26z"/>'
        '<path class="a" d="M320 268h-44c-14 0-20 8-20 20v82c0 12 6 20 20 20h8c26 0 40-20 40-46v-50c0-18 4-26-4-26z"/><path class="c" d="M124 290h12v78h-12zM264 290h12v78h-12z"/>',
    ),
    "phone": Motif(
        (
            "phone",
            "tablet",
            "smart",
            "case",
            "battery",
            "スマート",
            "バッテリー",
            "タブレット",
            "モバイル",
        ),
        '<rect class="b" x="128" y="98" width="144" height="304" rx="24"/><rect class="a" x="138" y="110" width="124" height="280" rx="16"/>'
        '<circle class="c" cx="200" cy="230" r="44"/><path class="a" d="M206 196l-30 42h20l-6 30 30-42h-20z"/><rect class="c" x="176" y="366" width="48" height="6" rx="3"/>',
    ),
    "camera": Motif(
        ("camera", "lens", "photo", "カメラ", "レンズ"),
        '<path class="b" d="M158 158h84l18 34H140z"/><rect class="a" x="72" y="186" width="256" height="172" rx="18"/><circle class="b" cx="200" cy="272" r="68"/>'
        '<circle class="c" cx="200" cy="272" r="48"/><circle class="d" cx="200" cy="272" r="28"/><rect class="c" x="94" y="208" width="40" height="16" rx="4"/>',
    ),
    "plug": Motif(
        (
            "charger",
            "cable",
            "adapter",
            "hub",
            "usb",
            "power strip",
            "充電器",
            "usb充電器",
            "ケーブル",
            "充電ケーブル",
            "プラグ",
            "タップ",
            "電源タップ",
            "ハブ",
        ),
        '<path class="b" d="M194 316h12v40c0 30 44 30 44 0v-30h12v30c0 46-68 46-68 0z"/><path class="c" d="M168 116h16v64h-16zM216 116h16v64h-16z"/>'
        '<path class="a" d="M140 176h120v62c0 46-26 78-60 82-34-4-60-36-60-82z"/><path class="b" d="M140 176h120v18H140z"/><circle class="c" cx="200" cy="246" r="12"/>',
    ),
    "keyboard": Motif(
        ("keyboard", "キーボード"),
        '<rect class="a" x="62" y="204" width="276" height="136" rx="12"/><g class="c"><rect x="80" y="222" width="28" height="24" rx="4"/>'
        '<rect x="116" y="222" width="28" height="24" rx="4"/><rect x="152" y="222" width="28" height="24" rx="4"/><rect x="188" y="222" width="28" height="24" rx="4"/>'
        '<rect x="224" y="222" width="28" height="24" rx="4"/><rect x="260" y="222" width="60" height="24" rx="4"/></g><g class="b"><rect x="80" y="256" width="46" height="24" rx="4"/>'
        '<rect x="134" y="256" width="28" height="24" rx="4"/><rect x="170" y="256" width="28" height="24" rx="4"/><rect x="206" y="256" width="28" height="24" rx="4"/>'
        '<rect x="242" y="256" width="78" height="24" rx="4"/><rect x="80" y="290" width="36" height="30" rx="4"/><rect x="124" y="290" width="144" height="30" rx="4"/><rect x="276" y="290" width="44" height="30" rx="4"/></g>',
    ),
    "mouse": Motif(
        ("mouse", "マウス"),
        '<rect class="a" x="134" y="150" width="132" height="216" rx="66"/><path class="b" d="M134 244h132v8H134zM196 150h8v94h-8z"/><rect class="c" x="190" y="184" width="20" height="42" rx="10"/>',
    ),
    "pot": Motif(
        ("cooker", "pot", "炊飯器", "クッカー", "鍋", "加湿器"),
        '<path class="b" d="M84 236h36v22H84zM280 236h36v22h-36z"/><rect class="a" x="104" y="206" width="192" height="176" rx="36"/><path class="b" d="M110 206c0-74 180-74 180 0z"/>'
        '<rect class="b" x="176" y="134" width="48" height="20" rx="10"/><rect class="c" x="152" y="276" width="96" height="52" rx="8"/><circle class="a" cx="176" cy="302" r="9"/><rect class="a" x="196" y="296" width="40" height="12" rx="6"/>',
    ),
    "toaster": Motif(
        ("toaster", "oven", "トースター", "メーカー"),
        '<rect class="a" x="76" y="180" width="248" height="190" rx="20"/><rect class="c" x="98" y="204" width="150" height="130" rx="10"/><path class="b" d="M110 292h126v8H110zM110 268h126v8H110z"/>'
        '<circle class="b" cx="286" cy="234" r="18"/><circle class="b" cx="286" cy="296" r="18"/><path class="b" d="M96 370h40v14H96zM264 370h40v14h-40z"/><path class="c" d="M284 222h4v14h-4zM284 284h4v14h-4z"/>',
    ),
    "gloves": Motif(
        ("glove", "mitten", "手袋"),
        '<path class="a" d="M132 386V250c-24-10-44-34-50-66 14-6 26 2 36 22l14 14V132c0-20 30-20 30 0v64c0-20 28-20 28 0 0-18 28-16 28 2 0-14 26-12 26 6v182z"/><path class="b" d="M124 366h128v34H124z"/>'
        '<path class="b" d="M160 196h4v44h-4zM188 200h4v40h-4zM216 204h4v36h-4z"/>',
    ),
    "scarf": Motif(
        ("scarf", "muffler", "stole", "マフラー", "ストール"),
        '<path class="b" d="M132 200c0-62 136-62 136 0 0 30-20 52-68 52s-68-22-68-52z"/><path class="a" d="M126 214c10 40 138 40 148 0 14 54-10 74-44 82l22 104h-64l-12-104c-40-8-64-30-50-82z"/>'
        '<path class="c" d="M196 338h46l2 10h-46zM200 362h47l2 10h-47z"/><path class="b" d="M190 400h8v16h-8zM208 400h8v16h-8zM226 400h8v16h-8zM244 400h8v16h-8z"/>',
    ),
    "box": Motif(
        ("box", "drive", "ssd", "ボックス", "収納"),
        '<rect class="a" x="92" y="190" width="216" height="190" rx="16"/><path class="b" d="M84 190h232v40H84z"/><rect class="c" x="164" y="202" width="72" height="16" rx="8"/>'
        '<rect class="c" x="116" y="340" width="44" height="10" rx="5"/><circle class="b" cx="278" cy="346" r="8"/>',
    ),
    "screen": Motif(
        (
            "computer",
            "laptop",
            "pc",
            "monitor",
            "tv",
            "display",
            "パソコン",
            "モニター",
            "テレビ",
        ),
        '<rect class="b" x="74" y="150" width="252" height="172" rx="12"/><rect class="c" x="88" y="164" width="224" height="144" rx="4"/>'
        '<path class="a" d="M88 308l76-92 52 58 34-36 62 70z"/><path class="b" d="M178 322h44l8 44h-60zM140 364h120v14H140z"/>',
    ),
    "lamp": Motif(
        ("lamp", "light", "led", "照明", "ランタン", "ライト", "ランプ"),
        '<path class="a" d="M148 116h104l52 128H96z"/><path class="b" d="M96 244h208l-4 14H100zM192 258h16v108h-16z"/><path class="b" d="M136 366h128c8 0 12 20 12 26H124c0-6 4-26 12-26z"/>'
        '<ellipse class="c" cx="200" cy="256" rx="44" ry="10"/>',
    ),
    "kettle": Motif(
        (
            "kettle",
            "appliance",
            "kitchen",
            "家電",
            "ケトル",
            "ブレンダー",
            "スケール",
            "キッチン",
            "調理",
            "掃除",
            "ドライヤー",
        ),
        '<path class="b" d="M262 196c66-4 82 94 22 136l-10-16c40-34 30-104-12-100z"/><path class="a" d="M132 176h136l22 206H110z"/>'
        '<path class="a" d="M136 214L84 180l-10 16 48 76z"/><path class="b" d="M110 382h180l2 20H108zM128 176h144l-8-22H136z"/><circle class="b" cx="200" cy="144" r="14"/><path class="c" d="M226 220h16l6 112h-16z"/>',
    ),
    "watch": Motif(
        ("watch", "clock", "wearable", "時計", "ウォッチ"),
        '<path class="b" d="M156 84h88l10 92H146zM156 416h88l10-92H146z"/><rect class="a" x="122" y="166" width="156" height="168" rx="40"/>'
        '<rect class="c" x="140" y="184" width="120" height="132" rx="26"/><path class="d" d="M197 206h6v46l34 20-4 6-36-22z"/>',
    ),
}

# What stands for a whole department, where no word says more.
DEPARTMENTS: dict[str, tuple[str, ...]] = {
    "tee": ("apparel", "clothing", "fashion", "wear", "衣"),
    "jar": ("food", "grocery", "食"),
    "phone": ("electronics", "digital", "電", "家電"),
}
PARCEL = (
    '<path class="a" d="M86 196l114-46 114 46v160l-114 46-114-46z"/><path class="b" d="M200 242l114-46v160l-114 46z"/>'
    '<path class="c" d="M138 175l114 46v40l-22 9v-40l-114-46z"/>'
)
