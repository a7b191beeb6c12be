"""凪ごろも: clothes, in two colours and three sizes each."""

from backoffice.demo.rows import Family, Form, Goods, Node

COLOURS = {
    "NV": ("紺", "Navy"),
    "WH": ("生成り", "Ecru"),
    "BK": ("墨黒", "Charcoal"),
    "GR": ("杢グレー", "Heather grey"),
    "KH": ("深緑", "Deep green"),
    "BE": ("砂色", "Sand"),
    "RD": ("茜", "Madder red"),
    "BL": ("空色", "Sky blue"),
}
SIZES = ("S", "M", "L")


def forms(family: Family) -> list[Form]:
    """`detail` lists the colours."""
    return [
        Form(
            f"{colour}-{size}",
            f"{COLOURS[colour][0]} {size}",
            f"{COLOURS[colour][1]}, {size}",
            family.price,
            {"colour": colour, "size": size},
        )
        for colour in family.detail.split()
        for size in SIZES
    ]


GOODS = Goods(
    company="shiomi-apparel",
    brand="nagigoromo",
    ja="凪ごろも",
    en="Nagigoromo",
    tax="standard",
    forms_of=forms,
    root=Node("apparel", "衣料品", "Clothing", "", ""),
    nodes=[
        Node(
            "tops", "トップス", "Tops",
            "和歌山の丸編み工場で編み、洗いざらしの風合いに仕上げました。家庭の洗濯機で洗えます。",
            "Knitted on circular machines in Wakayama and garment-washed. Machine washable.",
        ),
        Node(
            "bottoms", "ボトムス", "Bottoms",
            "備後の織元と作った生地です。はき込むほど体になじみ、膝が抜けにくい厚みにしています。",
            "Woven in Bingo; heavy enough to keep its knees, and softer with every wear.",
        ),
        Node(
            "outerwear", "アウター", "Outerwear",
            "表地は撥水加工です。冷える朝から電車の中まで、重ね着で調節しやすい形にしました。",
            "Water-repellent outside, cut to be layered from a cold platform to a warm train.",
        ),
        Node(
            "accessories", "服飾雑貨", "Accessories",
            "奈良と東かがわの職人が一点ずつ仕上げています。贈り物の箱も用意できます。",
            "Finished one by one in Nara and Higashi-Kagawa. Gift boxes on request.",
        ),
    ],
    families=[
        Family("ng-t01", "tops", "天竺クルーネックTシャツ", "てんじくくるーねっくてぃーしゃつ", "Jersey crew-neck T-shirt", 2900, "WH NV"),
        Family("ng-t02", "tops", "度詰めポケットTシャツ", "どづめぽけっとてぃーしゃつ", "Dense-knit pocket T-shirt", 3900, "GR BK"),
        Family("ng-t03", "tops", "ボーダーバスクシャツ", "ぼーだーばすくしゃつ", "Striped basque shirt", 5900, "NV RD"),
        Family("ng-t04", "tops", "麻混レギュラーシャツ", "あさこんれぎゅらーしゃつ", "Linen-blend shirt", 7900, "WH BL"),
        Family("ng-t05", "tops", "裏毛スウェット", "うらけすうぇっと", "French terry sweatshirt", 6900, "GR NV"),
        Family("ng-t06", "tops", "メリノ丸首ニット", "めりのまるくびにっと", "Merino crew-neck jumper", 9900, "BK KH"),
        Family("ng-t07", "tops", "鹿の子ポロシャツ", "かのこぽろしゃつ", "Piqué polo shirt", 5500, "WH NV"),
        Family("ng-b01", "bottoms", "綿ツイルチノパンツ", "めんついるちのぱんつ", "Cotton twill chinos", 8900, "BE NV"),
        Family("ng-b02", "bottoms", "岡山デニムストレート", "おかやまでにむすとれーと", "Okayama straight jeans", 12900, "NV BK"),
        Family("ng-b03", "bottoms", "ワイドイージーパンツ", "わいどいーじーぱんつ", "Wide easy trousers", 7500, "BK KH"),
        Family("ng-b04", "bottoms", "裏起毛ジョガーパンツ", "うらきもうじょがーぱんつ", "Brushed joggers", 6500, "GR BK"),
        Family("ng-b05", "bottoms", "プリーツロングスカート", "ぷりーつろんぐすかーと", "Pleated long skirt", 8500, "NV BE"),
        Family("ng-o01", "outerwear", "ステンカラーコート", "すてんからーこーと", "Balmacaan coat", 24900, "BE NV"),
        Family("ng-o02", "outerwear", "中綿キルトジャケット", "なかわたきるとじゃけっと", "Quilted jacket", 15900, "KH BK"),
        Family("ng-o03", "outerwear", "撥水マウンテンパーカー", "はっすいまうんてんぱーかー", "Water-repellent mountain parka", 18900, "KH NV"),
        Family("ng-o04", "outerwear", "ボアフリースブルゾン", "ぼあふりーすぶるぞん", "Boa fleece blouson", 9900, "WH BE"),
        Family("ng-a01", "accessories", "奈良の綿くつ下", "ならのめんくつした", "Nara cotton socks", 1300, "NV GR"),
        Family("ng-a02", "accessories", "カシミヤ混手袋", "かしみやこんてぶくろ", "Cashmere-blend gloves", 4900, "BK RD"),
        Family("ng-a03", "accessories", "ラムウールのマフラー", "らむうーるのまふらー", "Lambswool scarf", 5900, "RD GR"),
        Family("ng-a04", "accessories", "帆布のワークキャップ", "はんぷのわーくきゃっぷ", "Canvas work cap", 3900, "BE KH"),
    ],
)  # fmt: skip
