"""灯里電機: small electronics, in two colours each."""

from backoffice.demo.rows import Family, Form, Goods, Node


def forms(family: Family) -> list[Form]:
    return [
        Form("WH", "ホワイト", "White", family.price, {"colour": "WH"}),
        Form("BK", "ブラック", "Black", family.price, {"colour": "BK"}),
    ]


GOODS = Goods(
    company="shiomi-digital",
    brand="akari-denki",
    ja="灯里電機",
    en="Akari Denki",
    tax="standard",
    forms_of=forms,
    root=Node("electronics", "家電・デジタル", "Electronics", "", ""),
    nodes=[
        Node(
            "power", "充電・電源", "Charging and power",
            "PSE適合品です。一年の保証と、使い終えた電池の回収が付いています。",
            "PSE compliant, with a year's guarantee; we take spent batteries back.",
        ),
        Node(
            "audio", "オーディオ", "Audio",
            "日本の住まいの広さで試聴しながら音を決めました。技適認証済みです。",
            "Tuned by ear in rooms of ordinary size. Radio certified in Japan.",
        ),
        Node(
            "lighting", "照明", "Lighting",
            "演色性の高いLEDを使い、明るさを十段階で変えられます。",
            "LEDs of high colour rendering, dimmable in ten steps.",
        ),
        Node(
            "kitchen", "キッチン家電", "Kitchen appliances",
            "一人から四人の食卓に合わせた大きさです。外せる部品は水洗いできます。",
            "Sized for one to four; the parts that come off can be washed.",
        ),
        Node(
            "desk", "パソコン周辺", "Desk",
            "Windows、macOS、ChromeOSで動作を確かめています。",
            "Tested with Windows, macOS and ChromeOS.",
        ),
    ],
    families=[
        Family("ak-p01", "power", "薄型モバイルバッテリー 5000mAh", "うすがたもばいるばってりー", "Slim power bank, 5,000 mAh", 2980),
        Family("ak-p02", "power", "モバイルバッテリー 10000mAh", "もばいるばってりー", "Power bank, 10,000 mAh", 3980),
        Family("ak-p03", "power", "USB充電器 30W", "ゆーえすびーじゅうでんき", "USB charger, 30 W", 2480),
        Family("ak-p04", "power", "USB充電器 65W 3ポート", "ゆーえすびーじゅうでんきさんぽーと", "USB charger, 65 W, three ports", 4980),
        Family("ak-p05", "power", "編み込み充電ケーブル 1m", "あみこみじゅうでんけーぶる", "Braided charging cable, 1 m", 1280),
        Family("ak-p06", "power", "ワイヤレス充電スタンド", "わいやれすじゅうでんすたんど", "Wireless charging stand", 3480),
        Family("ak-p07", "power", "雷ガード電源タップ 6口", "かみなりがーどでんげんたっぷ", "Surge-protected power strip, 6 outlets", 2680),
        Family("ak-p08", "power", "旅行用変換プラグ", "りょこうようへんかんぷらぐ", "Travel adapter", 1980),
        Family("ak-a01", "audio", "完全ワイヤレスイヤホン", "かんぜんわいやれすいやほん", "True wireless earphones", 9800),
        Family("ak-a02", "audio", "ノイズキャンセリングヘッドホン", "のいずきゃんせりんぐへっどほん", "Noise-cancelling headphones", 19800),
        Family("ak-a03", "audio", "防水ポータブルスピーカー", "ぼうすいぽーたぶるすぴーかー", "Waterproof portable speaker", 6980),
        Family("ak-a04", "audio", "木製ブックシェルフスピーカー", "もくせいぶっくしぇるふすぴーかー", "Wooden bookshelf speaker", 24800),
        Family("ak-a05", "audio", "有線イヤホン", "ゆうせんいやほん", "Wired earphones", 2480),
        Family("ak-a06", "audio", "FM・AMポータブルラジオ", "えふえむえーえむぽーたぶるらじお", "FM/AM portable radio", 4480),
        Family("ak-a07", "audio", "会議用スピーカーマイク", "かいぎようすぴーかーまいく", "Conference speakerphone", 12800),
        Family("ak-a08", "audio", "子ども用ヘッドホン", "こどもようへっどほん", "Children's headphones", 3980),
        Family("ak-l01", "lighting", "LEDデスクライト", "えるいーでぃーですくらいと", "LED desk lamp", 5980),
        Family("ak-l02", "lighting", "調色ベッドサイドランプ", "ちょうしょくべっどさいどらんぷ", "Tunable bedside lamp", 4980),
        Family("ak-l03", "lighting", "充電式ランタン", "じゅうでんしきらんたん", "Rechargeable lantern", 3980),
        Family("ak-l04", "lighting", "人感センサーライト", "じんかんせんさーらいと", "Motion-sensor light", 1980),
        Family("ak-l05", "lighting", "和紙のペンダントライト", "わしのぺんだんとらいと", "Washi pendant light", 12800),
        Family("ak-l06", "lighting", "クリップライト", "くりっぷらいと", "Clip lamp", 2480),
        Family("ak-l07", "lighting", "停電時点灯ナイトライト", "ていでんじてんとうないとらいと", "Power-cut night light", 2280),
        Family("ak-l08", "lighting", "シーリングライト 8畳用", "しーりんぐらいとはちじょうよう", "Ceiling light for 13 m²", 9800),
        Family("ak-k01", "kitchen", "電気ケトル 0.8L", "でんきけとる", "Electric kettle, 0.8 l", 4980),
        Family("ak-k02", "kitchen", "三合炊き炊飯器", "さんごうだきすいはんき", "Rice cooker for three cups", 14800),
        Family("ak-k03", "kitchen", "二枚焼きトースター", "にまいやきとーすたー", "Two-slice toaster oven", 6980),
        Family("ak-k04", "kitchen", "コーヒーミル", "こーひーみる", "Coffee grinder", 5480),
        Family("ak-k05", "kitchen", "ハンドブレンダー", "はんどぶれんだー", "Hand blender", 5980),
        Family("ak-k06", "kitchen", "卓上IHクッカー", "たくじょうあいえいちくっかー", "Tabletop induction cooker", 8980),
        Family("ak-k07", "kitchen", "ホットサンドメーカー", "ほっとさんどめーかー", "Hot sandwich maker", 4480),
        Family("ak-k08", "kitchen", "キッチンスケール", "きっちんすけーる", "Kitchen scales", 1980),
        Family("ak-d01", "desk", "静音ワイヤレスマウス", "せいおんわいやれすまうす", "Silent wireless mouse", 2480),
        Family("ak-d02", "desk", "日本語配列キーボード", "にほんごはいれつきーぼーど", "Japanese-layout keyboard", 6980),
        Family("ak-d03", "desk", "ノートパソコンスタンド", "のーとぱそこんすたんど", "Laptop stand", 3480),
        Family("ak-d04", "desk", "USBハブ 5ポート", "ゆーえすびーはぶ", "USB hub, five ports", 3980),
        Family("ak-d05", "desk", "ウェブカメラ フルHD", "うぇぶかめらふるえいちでぃー", "Full-HD webcam", 5980),
        Family("ak-d06", "desk", "ポータブルSSD 1TB", "ぽーたぶるえすえすでぃー", "Portable SSD, 1 TB", 12800),
        Family("ak-d07", "desk", "卓上加湿器", "たくじょうかしつき", "Desktop humidifier", 3280),
        Family("ak-d08", "desk", "ケーブル収納ボックス", "けーぶるしゅうのうぼっくす", "Cable tidy box", 1680),
    ],
)  # fmt: skip
