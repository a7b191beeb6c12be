"""里の実: food and drink, each in two packs."""

from backoffice.demo.rows import Family, Form, Goods, Node

# How a family is packed: the suffix, name and price (of the first pack, in per cent) of each.
PACKS: dict[str, list[tuple[str, str, str, int]]] = {
    "leaf": [("100G", "100g", "100 g", 100), ("200G", "200g 徳用", "200 g value pack", 180)],
    "bags": [("20P", "20包", "20 bags", 100), ("50P", "50包", "50 bags", 225)],
    "rice": [("2KG", "2kg", "2 kg", 100), ("5KG", "5kg", "5 kg", 235)],
    "noodle": [("2S", "2人前", "2 servings", 100), ("6S", "6人前 箱入り", "6 servings, boxed", 280)],
    "bottle": [("300M", "300ml", "300 ml", 100), ("720M", "720ml", "720 ml", 210)],
    "jar": [("150G", "150g", "150 g", 100), ("300G", "300g", "300 g", 185)],
    "sweets": [("06", "6個入", "Box of 6", 100), ("12", "12個入", "Box of 12", 190)],
    "drink": [("01", "1本", "1 bottle", 100), ("24", "24本 ケース", "Case of 24", 2200)],
}


def forms(family: Family) -> list[Form]:
    """`detail` says how it is packed."""
    return [
        Form(suffix, ja, en, family.price * percent // 1000 * 10, {"pack": ja})
        for suffix, ja, en, percent in PACKS[family.detail]
    ]


GOODS = Goods(
    company="shiomi-foods",
    brand="satonomi",
    ja="里の実",
    en="Satonomi",
    tax="food",
    forms_of=forms,
    root=Node("food", "食品", "Food", "", ""),
    nodes=[
        Node(
            "tea", "お茶・コーヒー", "Tea and coffee",
            "産地の茶師と焙煎士が、その年の葉と豆に合わせて火入れを決めています。",
            "Fired and roasted to suit each year's leaves and beans.",
        ),
        Node(
            "rice-noodles", "米・麺", "Rice and noodles",
            "契約農家と製麺所から届きます。米は注文を受けてから精米します。",
            "From farms and noodle makers we know; the rice is polished to order.",
        ),
        Node(
            "seasoning", "調味料", "Seasonings",
            "木桶でゆっくり仕込んだ、保存料を使わない味です。開けたら冷蔵庫へ。",
            "Brewed slowly in wooden vats, without preservatives. Keep cold once opened.",
        ),
        Node(
            "sweets", "お菓子", "Sweets",
            "小麦・卵・乳のアレルギー表示を個包装の一つずつに印刷しています。",
            "Allergens are printed on every single wrapper.",
        ),
        Node(
            "drinks", "飲料", "Soft drinks",
            "果汁と湧き水だけの、甘さをひかえた飲みものです。",
            "Fruit juice and spring water, and little sugar.",
        ),
        Node(
            "alcohol", "お酒", "Alcohol",
            "二十歳未満の方への酒類の販売はできません。年齢を確認します。",
            "We don't sell alcohol to anyone under 20, and we ask for your age.",
        ),
    ],
    families=[
        Family("st-c01", "tea", "深蒸し緑茶", "ふかむしりょくちゃ", "Deep-steamed green tea", 1200, "leaf"),
        Family("st-c02", "tea", "宇治ほうじ茶", "うじほうじちゃ", "Uji roasted tea", 800, "leaf"),
        Family("st-c03", "tea", "玄米茶ティーバッグ", "げんまいちゃてぃーばっぐ", "Brown-rice tea bags", 600, "bags"),
        Family("st-c04", "tea", "有機抹茶", "ゆうきまっちゃ", "Organic matcha", 2400, "leaf"),
        Family("st-c05", "tea", "和紅茶ティーバッグ", "わこうちゃてぃーばっぐ", "Japanese black tea bags", 750, "bags"),
        Family("st-c06", "tea", "深煎りコーヒー豆", "ふかいりこーひーまめ", "Dark-roast coffee beans", 980, "leaf"),
        Family("st-c07", "tea", "浅煎りドリップコーヒー", "あさいりどりっぷこーひー", "Light-roast drip bags", 1600, "bags"),
        Family("st-c08", "tea", "そば茶", "そばちゃ", "Buckwheat tea", 550, "leaf"),
        Family("st-c09", "tea", "黒豆茶ティーバッグ", "くろまめちゃてぃーばっぐ", "Black-soybean tea bags", 680, "bags"),
        Family("st-n01", "rice-noodles", "魚沼のコシヒカリ", "うおぬまのこしひかり", "Uonuma Koshihikari rice", 2400, "rice"),
        Family("st-n02", "rice-noodles", "庄内つや姫", "しょうないつやひめ", "Shonai Tsuyahime rice", 1900, "rice"),
        Family("st-n03", "rice-noodles", "発芽玄米", "はつがげんまい", "Sprouted brown rice", 1800, "rice"),
        Family("st-n04", "rice-noodles", "讃岐の半生うどん", "さぬきのはんなまうどん", "Sanuki semi-dried udon", 480, "noodle"),
        Family("st-n05", "rice-noodles", "信州十割そば", "しんしゅうじゅうわりそば", "Shinshu all-buckwheat soba", 780, "noodle"),
        Family("st-n06", "rice-noodles", "島原手延べそうめん", "しまばらてのべそうめん", "Shimabara hand-pulled somen", 420, "noodle"),
        Family("st-n07", "rice-noodles", "喜多方醤油ラーメン", "きたかたしょうゆらーめん", "Kitakata soy-sauce ramen", 560, "noodle"),
        Family("st-n08", "rice-noodles", "米粉パスタ", "こめこぱすた", "Rice-flour pasta", 520, "noodle"),
        Family("st-s01", "seasoning", "木桶仕込み醤油", "きおけじこみしょうゆ", "Barrel-brewed soy sauce", 980, "bottle"),
        Family("st-s02", "seasoning", "米麹の甘口味噌", "こめこうじのあまくちみそ", "Sweet rice-koji miso", 620, "jar"),
        Family("st-s03", "seasoning", "三年熟成豆味噌", "さんねんじゅくせいまめみそ", "Three-year soybean miso", 880, "jar"),
        Family("st-s04", "seasoning", "純米酢", "じゅんまいす", "Pure rice vinegar", 740, "bottle"),
        Family("st-s05", "seasoning", "焼きあごだし", "やきあごだし", "Grilled flying-fish stock", 1100, "jar"),
        Family("st-s06", "seasoning", "柚子こしょう", "ゆずこしょう", "Yuzu pepper paste", 680, "jar"),
        Family("st-s07", "seasoning", "すだちぽん酢", "すだちぽんず", "Sudachi ponzu", 820, "bottle"),
        Family("st-s08", "seasoning", "石垣の海塩", "いしがきのうみじお", "Ishigaki sea salt", 560, "jar"),
        Family("st-s09", "seasoning", "圧搾ごま油", "あっさくごまあぶら", "Pressed sesame oil", 1200, "bottle"),
        Family("st-s10", "seasoning", "食べるラー油", "たべるらーゆ", "Crunchy chilli oil", 640, "jar"),
        Family("st-w01", "sweets", "丹波栗のどら焼き", "たんばぐりのどらやき", "Tamba chestnut dorayaki", 1620, "sweets"),
        Family("st-w02", "sweets", "黒糖かりんとう饅頭", "こくとうかりんとうまんじゅう", "Brown-sugar karinto manju", 1180, "sweets"),
        Family("st-w03", "sweets", "抹茶フィナンシェ", "まっちゃふぃなんしぇ", "Matcha financiers", 1480, "sweets"),
        Family("st-w04", "sweets", "塩バターサブレ", "しおばたーさぶれ", "Salted butter sablés", 1280, "sweets"),
        Family("st-w05", "sweets", "りんごのバターケーキ", "りんごのばたーけーき", "Apple butter cakes", 1780, "sweets"),
        Family("st-w06", "sweets", "本わらび餅", "ほんわらびもち", "Bracken-starch mochi", 1380, "sweets"),
        Family("st-w07", "sweets", "海老せんべい", "えびせんべい", "Shrimp crackers", 860, "sweets"),
        Family("st-w08", "sweets", "安納芋の羊羹", "あんのういものようかん", "Anno sweet-potato yokan", 1560, "sweets"),
        Family("st-w09", "sweets", "柑橘ゼリー詰め合わせ", "かんきつぜりーつめあわせ", "Citrus jelly assortment", 2160, "sweets"),
        Family("st-d01", "drinks", "温州みかんジュース", "うんしゅうみかんじゅーす", "Mandarin juice", 320, "drink"),
        Family("st-d02", "drinks", "信州りんごジュース", "しんしゅうりんごじゅーす", "Shinshu apple juice", 300, "drink"),
        Family("st-d03", "drinks", "湧き水の炭酸水", "わきみずのたんさんすい", "Spring sparkling water", 130, "drink"),
        Family("st-d04", "drinks", "米麹の甘酒", "こめこうじのあまざけ", "Rice-koji amazake (no alcohol)", 380, "drink"),
        Family("st-d05", "drinks", "生姜シロップソーダ", "しょうがしろっぷそーだ", "Ginger soda", 260, "drink"),
        Family("st-d06", "drinks", "梅サイダー", "うめさいだー", "Plum cider (no alcohol)", 240, "drink"),
        Family("st-d07", "drinks", "国産レモネード", "こくさんれもねーど", "Japanese lemonade", 280, "drink"),
        Family("st-l01", "alcohol", "純米吟醸「潮音」", "じゅんまいぎんじょうしおね", "Junmai ginjo sake Shione", 1600, "bottle", "alcohol"),
        Family("st-l02", "alcohol", "辛口本醸造「岬」", "からくちほんじょうぞうみさき", "Dry honjozo sake Misaki", 1100, "bottle", "alcohol"),
        Family("st-l03", "alcohol", "本格麦焼酎「凪」", "ほんかくむぎしょうちゅうなぎ", "Barley shochu Nagi", 1300, "bottle", "alcohol"),
        Family("st-l04", "alcohol", "南高梅の梅酒", "なんこううめのうめしゅ", "Nanko plum liqueur", 1250, "bottle", "alcohol"),
        Family("st-l05", "alcohol", "クラフトビール ペールエール", "くらふとびーるぺーるえーる", "Craft pale ale", 540, "drink", "alcohol"),
        Family("st-l06", "alcohol", "クラフトビール 黒", "くらふとびーるくろ", "Craft stout", 580, "drink", "alcohol"),
        Family("st-l07", "alcohol", "甲州の白ワイン", "こうしゅうのしろわいん", "Koshu white wine", 1450, "bottle", "alcohol"),
    ],
)  # fmt: skip
