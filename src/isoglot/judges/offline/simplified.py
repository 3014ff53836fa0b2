"""Traditional Chinese characters, and a few of Japan, as the simplified ones in which phrases are looked for.

Those that the phrases of Chinese are made of, and no others: the pairs are as in OpenCC's table of characters
(TSCharacters.txt, Apache-2.0). A character of several simplified ones has the most frequent.
"""

from __future__ import annotations

_TRADITIONAL = (
    "無協幫絕對請這個為們問題違規說話檢實際開發關於務須應該給讓從還沒過時獲權謝難嗎點種樣資訊詢紹議況將據"
    "駭製與絶萬專業東嚴箇臨舉麼義樂產親褻僅價會傳傷倫體餘傾儲兒興內寫沖衝決準淩齣劃則創別彆剝勸辦動勵勢區"
    "醫韆單厤曆歷參蔘髮隻檯臺颱號籲閤衕後嚮曏聽諮響迴圍國圖場堅處備復複夠奪學寧傢導嘗嚐儘盡屬師帶蓆乾幹榦"
    "並併棄張強噹當彔錄憶態懲願戶執揚護報牴擔攔撥擇損換摻蒐數斷顯暫機殺條來闆極構覈夢殘毀燬譭溝霑洩測瀏瀆"
    "滿濾熱愛獄翫電畫盜確俬竊筆簽籤類係繫約純縱線練終經繪絡統繼緒續維編網羅罰恥職聯膚緻範薦穫雖錶襲見觀視"
    "覽覺觸譽計認討訓記講許論設訪証證評識詐訴診詆譯試誠詳語誤讀調諒談謊譴負責貶貫貼讚贊踐輕較輸邊進遠連適"
    "選踰遺埰寀採釋裡鏈錯長門聞閱隊險隱麵鬚頌預頻額馬馳駁罵驗騙驟"
)
_SIMPLIFIED = (
    "无协帮绝对请这个为们问题违规说话检实际开发关于务须应该给让从还没过时获权谢难吗点种样资讯询绍议况将据"
    "骇制与绝万专业东严个临举么义乐产亲亵仅价会传伤伦体余倾储儿兴内写冲冲决准凌出划则创别别剥劝办动励势区"
    "医千单历历历参参发只台台台号吁合同后向向听咨响回围国图场坚处备复复够夺学宁家导尝尝尽尽属师带席干干干"
    "并并弃张强当当录录忆态惩愿户执扬护报抵担拦拨择损换掺搜数断显暂机杀条来板极构核梦残毁毁毁沟沾泄测浏渎"
    "满滤热爱狱玩电画盗确私窃笔签签类系系约纯纵线练终经绘络统继绪续维编网罗罚耻职联肤致范荐获虽表袭见观视"
    "览觉触誉计认讨训记讲许论设访证证评识诈诉诊诋译试诚详语误读调谅谈谎谴负责贬贯贴赞赞践轻较输边进远连适"
    "选逾遗采采采释里链错长门闻阅队险隐面须颂预频额马驰驳骂验骗骤"
)
SIMPLIFIED = dict(zip(_TRADITIONAL, _SIMPLIFIED, strict=True))
