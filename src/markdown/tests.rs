use super::{code::pieces, live::*, *};

fn html(text: &str) -> String {
    render(text, Lang::En)
}

const VARIED: &[&str] = &[
    "# Un titre\n\nDu **gras**, de l'*italique*, `code` et ~~rien~~.\nSuite\n===\ntexte\n#hash\n# vrai\n",
    "- a\n- b\n  - c\n\n  para\n- d\n\n1. un\n2. deux\n\n   encore\n\nfin",
    "| a | b |\n|---|:-:|\n| 1 | **2** |\n| 3 | 4 |\n\nAprès | pas | table\n\n| seul |\n\nfin",
    "- [ ] à faire\n- [x] fait **bien**\n\n  autre\n- [ ]\n",
    "Code :\n```rust\nfn main() {\n    // ``\n}\n```\n~~~\n```\n~~~\n    indenté\n\n    encore\n\ntexte\n    pas indenté\n",
    "> citation\nparesseuse\n> - liste\n>\n> ```\n> code\n\nfin\n---\n***\n- - -\n",
    "[lien](https://a.example/x) ![image](https://b.example/y.png) <https://c.example> [mauvais](javascript:alert(1))\n\n[ref]\n\n[ref]: https://d.example\n\n[r2]: <u v> \"titre\nsuite\"\nfin\n",
    "<div>\n**pas gras**\n\n</div>\ntexte <b>gras</b> &amp; &lt;x\n<!-- un\n\ncommentaire -->\n\n<script>alert(1)\n\n</script>\nfin",
    "Voir https://a.example/x_y (www.b.example/?c=1&d=2), puis\n\n> https://c.example/(d).\n\nfin\n",
    "***tout** dedans* et __deux__ a_b_c 2 * 3 * 4 **ouvert\n\n* étoile\n* autre **ouvert\n+ plus\n",
    "    code d'abord\n\n\n\ttab\n\n1) un\n\n\n2) deux\n- x\n\n      code dans la liste\n\nfin\r\nwin\r\n\r\nfin\r\n",
];

#[test]
fn finished_blocks_never_change_when_text_is_appended() {
    let mut texts: Vec<String> = VARIED.iter().map(|text| text.to_string()).collect();
    texts.push(VARIED.join("\n\n"));
    texts.push(VARIED.join("\n"));
    for text in texts {
        let draw = |range: &std::ops::Range<usize>| html(&text[range.clone()]);
        let (whole, _) = split_blocks(&text);
        let whole: Vec<_> = whole.iter().map(|range| (range.clone(), draw(range))).collect();
        for cut in (0..=text.len()).filter(|cut| text.is_char_boundary(*cut)) {
            let (finished, tail) = split_blocks(&text[..cut]);
            assert_eq!(tail.end, cut);
            for (index, range) in finished.iter().enumerate() {
                assert_eq!(
                    Some(&(range.clone(), draw(range))),
                    whole.get(index),
                    "cut at {cut} of {text:?}"
                );
            }
        }
    }
}

#[test]
fn a_streamed_text_is_drawn_like_the_whole() {
    for text in VARIED.iter().filter(|text| !text.contains("[ref]")) {
        for step in [1, 3, 17] {
            let mut live = Live::default();
            let mut shown = String::new();
            let cuts: Vec<usize> = (0..=text.len()).filter(|cut| text.is_char_boundary(*cut)).collect();
            for cut in cuts.iter().step_by(step).chain(cuts.last()) {
                shown.extend(live.advance(&text[..*cut], Lang::En));
                live.tail(&text[..*cut], Lang::En);
            }
            let (_, rest) = split_blocks(text);
            assert_eq!(shown + &html(&text[rest]), html(text), "{text:?} by {step}");
        }
    }
}

#[test]
fn what_an_empty_line_ended_is_finished_while_the_next_paragraph_grows() {
    let finished = |text: &str| split_blocks(text).0.len();
    assert_eq!(finished("Un.\n\nDe"), 1);
    assert_eq!(finished("Un.\n\n"), 1);
    assert_eq!(finished("- un\n- deux\n\n**Sui"), 1);
    assert_eq!(finished("- un\n- deux\n\n-"), 0);
    assert_eq!(finished("```\n\na\n```\n\n"), 1);
    assert_eq!(finished("````\n```\n\n"), 0);
    assert_eq!(finished("```\na\n\nb"), 0);
    assert_eq!(finished("| a |\n|---|\n| b |\n\n"), 1);
}

fn tail(text: &str) -> String {
    Live::default().tail(text, Lang::En)
}

#[test]
fn half_written_markdown_is_closed_or_held() {
    assert_eq!(tail("un **gr"), "<p>un <strong>gr</strong></p>");
    assert_eq!(tail("un **"), "<p>un</p>");
    assert_eq!(tail("un *it"), "<p>un <em>it</em></p>");
    assert_eq!(tail("***les deux"), "<p><em><strong>les deux</strong></em></p>");
    assert_eq!(tail("un **gras *et"), "<p>un <strong>gras <em>et</em></strong></p>");
    assert_eq!(tail("un **gras** et"), "<p>un <strong>gras</strong> et</p>");
    assert_eq!(tail("un `co**d"), "<p>un <code>co**d</code></p>");
    assert_eq!(tail("un `"), "<p>un</p>");
    assert_eq!(tail("2 * 3"), "<p>2 * 3</p>");
    assert_eq!(tail("a_b"), "<p>a_b</p>");
    assert_eq!(tail("voir [le li"), "<p>voir le li</p>");
    assert_eq!(tail("voir [le lien](https://exa"), "<p>voir le lien</p>");
    assert_eq!(tail("voir ![une **ima"), "<p>voir une <strong>ima</strong></p>");
    assert_eq!(tail("voir <https://exa"), "<p>voir</p>");
    assert_eq!(tail("Tom &am"), "<p>Tom</p>");
    assert_eq!(tail("- a\n- **b"), "<ul><li>a</li><li><strong>b</strong></li></ul>");
    assert_eq!(tail("- a\n- ["), "<ul><li>a</li></ul>");
    assert_eq!(tail("texte\n-"), "<p>texte</p>");
    assert_eq!(tail("texte\n``"), "<p>texte</p>");
    assert_eq!(tail("texte\n```ru"), "<p>texte</p>");
    assert!(tail("```\nlet a = \"**\n``").ends_with("<code>let a = &quot;**\n</code></pre></div>"));
    assert_eq!(tail("| a | b"), "");
    assert_eq!(tail("| a | b |\n|--"), "");
    assert!(tail("| a | b |\n|---|---|\n| 1 | 2 |\n| 3").ends_with("<td>1</td><td>2</td></tr></tbody></table></div>"));
}

#[test]
fn raw_html_is_text_and_links_are_few() {
    assert_eq!(
        html("a <img src=x onerror=alert(1)> b"),
        "<p>a &lt;img src=x onerror=alert(1)&gt; b</p>"
    );
    assert_eq!(
        html("<script>alert(1)</script>"),
        "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"
    );
    for bad in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "/fn/x",
        "java&#10;script:x",
        "vbscript:x",
    ] {
        assert_eq!(html(&format!("[x]({bad})")), "<p>x</p>", "{bad}");
    }
    assert_eq!(
        html("[x](HTTPS://a.example/?a=1&b='\")"),
        "<p><a href=\"HTTPS://a.example/?a=1&amp;b=%27%22\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">x</a></p>"
    );
    assert!(html("<nina@example.org>").contains("href=\"mailto:nina@example.org\""));
    assert_eq!(
        html("**[116 123](tel:116123)**"),
        "<p><strong><a href=\"tel:116123\">116 123</a></strong></p>"
    );
    for bad in [
        "tel:",
        "tel:+33899700000",
        "tel:112;ext=1",
        "tel:%23",
        "tel:*21*1",
        "tel:alert(1)",
    ] {
        assert_eq!(html(&format!("[x]({bad})")), "<p>x</p>", "{bad}");
    }
    assert_eq!(
        html("![le *chat*](https://evil.example/x.png)"),
        "<p>le <em>chat</em></p>"
    );
    assert!(!html("```\"onmouseover=x\nx\n```").contains("\"onmouseover"));
}

/// The bare addresses of a text, each with where it leads if that is not what it says.
fn bare(text: &str) -> Vec<String> {
    let html = html(text);
    let links = html.split("<a href=\"").skip(1);
    links
        .map(|link| {
            let (href, rest) = link.split_once('"').unwrap();
            let words = rest.split_once('>').unwrap().1.split_once("</a>").unwrap().0;
            let same = href == words;
            if same {
                words.to_owned()
            } else {
                format!("{words} → {href}")
            }
        })
        .collect()
}

#[test]
fn an_address_is_a_link_without_marks_too() {
    for (text, addresses) in [
        ("Voir https://a.example.", vec!["https://a.example"]),
        ("(cf. http://a.example/b_c_d (e)), ou", vec!["http://a.example/b_c_d"]),
        (
            "https://fr.example/wiki/Nina_(album)",
            vec!["https://fr.example/wiki/Nina_(album)"],
        ),
        (
            "(https://fr.example/Nina_(album))",
            vec!["https://fr.example/Nina_(album)"],
        ),
        (
            "« https://a.example/x?y=1&z=2 » !",
            vec!["https://a.example/x?y=1&amp;z=2"],
        ),
        (
            "www.a.example/?u=http://b.c",
            vec!["www.a.example/?u=http://b.c → https://www.a.example/?u=http://b.c"],
        ),
        (
            "WWW.a.example, HTTPS://é.example",
            vec!["WWW.a.example → https://WWW.a.example", "HTTPS://é.example"],
        ),
        (
            "**https://a.example** *https://b.example*",
            vec!["https://a.example", "https://b.example"],
        ),
        (
            "- https://a.example/x\n- https://b.example:8080/…",
            vec!["https://a.example/x", "https://b.example:8080/"],
        ),
        ("| a |\n|---|\n| https://a.example |", vec!["https://a.example"]),
        (
            "https://a.example/x\nhttps://b.example",
            vec!["https://a.example/x", "https://b.example"],
        ),
        ("https://a.example/<b>", vec!["https://a.example/"]),
        (
            "[https://a.example](https://b.example)",
            vec!["https://a.example → https://b.example"],
        ),
        (
            "![https://a.example](https://b.example) [https://a.example](javascript:x)",
            vec![],
        ),
        ("`https://a.example`\n\n    https://a.example\n", vec![]),
        (
            "https:// https://a http://localhost:1 www.a www. xhttps://a.example a.example",
            vec![],
        ),
        ("https://.a https://a..example https://a._ https://é www.a.…", vec![]),
    ] {
        assert_eq!(bare(text), addresses, "{text}");
    }
    assert_eq!(
        html("Go to https://a.example, now"),
        "<p>Go to <a href=\"https://a.example\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">https://a.example</a>, now</p>"
    );
}

#[test]
fn lists_tables_tasks_and_code_have_their_boxes() {
    assert_eq!(
        html("- [x] fait\n  - [ ] non"),
        concat!(
            "<ul><li><label><input type=\"checkbox\" disabled checked> fait</label>",
            "<ul><li><label><input type=\"checkbox\" disabled> non</label></li></ul></li></ul>"
        )
    );
    assert!(html("| a |\n|--:|").ends_with("<thead><tr><th class=\"text-right\">a</th></tr></thead></table></div>"));
    assert_eq!(html("3. c"), "<ol start=\"3\"><li>c</li></ol>");
    assert!(html("```rust\nlet a;\n```").contains("data-label=\"rust\""));
    assert_eq!(
        html("# a\n## b\n### c\n#### d"),
        "<h3>a</h3><h3>b</h3><h4>c</h4><h5>d</h5>"
    );
}

#[test]
fn nothing_nests_so_deep_that_a_browser_repairs_it() {
    let deepest = |html: &str| {
        let (mut depth, mut max) = (0i32, 0);
        for tag in html
            .split('<')
            .skip(1)
            .filter(|tag| !tag.starts_with("input") && !tag.starts_with("br") && !tag.starts_with("hr"))
        {
            depth += if tag.starts_with('/') { -1 } else { 1 };
            max = max.max(depth);
        }
        assert_eq!(depth, 0);
        max
    };
    for hostile in [
        ">".repeat(5_000),
        "*a ".repeat(3_000),
        "- ".repeat(2_000) + "x",
        "[".repeat(5_000),
        "![".repeat(5_000),
        "<".repeat(5_000),
        "> ".repeat(40) + "https://a.example",
        "https://a.example/".to_owned() + &"(".repeat(50_000) + &")".repeat(90_000),
        "https://".repeat(50_000),
        "www..".repeat(50_000),
    ] {
        assert!(deepest(&html(&hostile)) <= MAX_DEPTH as i32 + 4);
        tail(&hostile);
    }
    let table = "> ".repeat(40) + "| a |\n" + &"> ".repeat(40) + "|---|\n" + &"> ".repeat(40) + "| b |";
    assert!(deepest(&html(&table)) <= MAX_DEPTH as i32);
}

#[test]
fn a_link_may_open_the_sheet_of_the_artist_and_no_other_page_of_ours() {
    assert_eq!(
        html("[Keep it](/chat#about?artist_name=N%C3%A9o&identity_defined=true)"),
        "<p><a href=\"/chat#about?artist_name=N%C3%A9o&amp;identity_defined=true\">Keep it</a></p>"
    );
    for other in ["/chat", "/api/export", "//evil.example", "/chat#other", "chat#about?"] {
        assert_eq!(html(&format!("[x]({other})")), "<p>x</p>", "{other}");
    }
}

#[test]
fn a_list_that_ended_behind_its_mark_shows_no_empty_item() {
    for end in ["- ", "-", "- [", "- [ ]", "- [ ] ", "- [x] ", "* ", "+ "] {
        let shown = cut(&format!("- one\n{end}"), Lang::En);
        assert_eq!(shown[0].html, html("- one"), "{end}");
    }
    for end in ["2. ", "2.", "2. **", "2. [", "2) "] {
        let shown = cut(&format!("1. one\n{end}"), Lang::En);
        assert_eq!(shown[0].html, html("1. one"), "{end}");
    }
    assert!(cut("- one\n- t", Lang::En)[0].html.contains("t</li>"));
}

#[test]
fn a_text_that_ended_half_way_loses_no_word() {
    for (text, words) in [
        (
            "| Day | Post |\n|---|---|\n| Mon | a chorus |\n| Tue | the li",
            "the li",
        ),
        ("One.\n\n| Day | Po", "Day | Po"),
        ("One.\n\n| Day | Post |\n|--", "Day | Post"),
        ("Since\n2024", "2024"),
        ("1", "1"),
        ("Take **this", "<strong>this</strong>"),
        ("```py\nprint(1)\n``", "``"),
    ] {
        let shown: String = cut(text, Lang::En).into_iter().map(|block| block.html).collect();
        assert!(shown.contains(words), "{text:?} shows {shown:?}");
    }
}

/// Code with its coloured pieces in brackets, each with the first letter of its kind.
fn coloured(language: &str, code: &str) -> String {
    let mut out = String::new();
    pieces(language, code, |kind, piece| match kind {
        Some(kind) => out.push_str(&format!("[{}:{piece}]", &kind[4..5])),
        None => out.push_str(piece),
    });
    out
}

#[test]
fn code_is_coloured_by_what_languages_share() {
    for (language, code, expected) in [
        (
            "js",
            "const a1 = \"x\\\"y\" // 'so'\nreturn 2.5",
            "[k:const] a1 = [s:\"x\\\"y\"] [c:// 'so']\n[k:return] [n:2.5]",
        ),
        (
            "rust",
            "fn f<'a>(x: &'a str) -> u8 { 1..2 }",
            "[k:fn] f<'a>(x: &'a str) -> u8 { [n:1]..[n:2] }",
        ),
        (
            "Python",
            "def f(): # it's\n  return 'é'",
            "[k:def] f(): [c:# it's]\n  [k:return] [s:'é']",
        ),
        ("sql", "SELECT a FROM b -- all", "[k:SELECT] a [k:FROM] b [c:-- all]"),
        ("css", "a { top: 4px } /* open", "a { top: [n:4px] } [c:/* open]"),
        (
            "html",
            "<a href=\"x\"><!-- for -->",
            "<a href=[s:\"x\"]>[c:<!-- for -->]",
        ),
        ("text", "for 1 \"x\"", "for 1 \"x\""),
        ("", "for 1", "for 1"),
        ("js", "don't for", "don't [k:for]"),
        ("js", "forest x2 `a\nb`", "forest x2 [s:`a\nb`]"),
        (
            "py",
            "print(f\"for {x}\" + r'if')",
            "print(f[s:\"for {x}\"] + r[s:'if'])",
        ),
        ("sh", "echo a#b # c", "echo a#b [c:# c]"),
        ("js", "", ""),
    ] {
        assert_eq!(coloured(language, code), expected, "{language}");
    }
    assert!(
        html("```js\nif (a < \"<b>\") {}\n```")
            .ends_with("<code><span class=\"tok-keyword\">if</span> (a &lt; <span class=\"tok-string\">&quot;&lt;b&gt;&quot;</span>) {}\n</code></pre></div>")
    );
}
