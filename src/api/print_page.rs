//! Pages to print or to read aloud: one file, no script, nothing from outside, and nothing that a browser could
//! take for markup.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use crate::api::extract::Language;

/// Large enough to be read by tired eyes, and black on white for any printer.
const STYLE: &str = "\
body{font:1.1rem/1.5 sans-serif;color:#000;background:#fff;max-width:44rem;margin:1rem auto;padding:0 1rem}\
dt{font-weight:bold;margin-top:.5rem}dd{margin:0 0 0 1rem;white-space:pre-wrap;overflow-wrap:anywhere}\
section{margin-top:2rem}dl{border-top:1px solid #000;padding-top:.5rem}\
mark{background:#000;color:#fff;padding:0 .3rem}.draft{border:3px solid #000;padding:.5rem;font-weight:bold}\
@media print{dl{break-inside:avoid}mark{-webkit-print-color-adjust:exact;print-color-adjust:exact}}";

/// Returns the policy under which a browser may show a page: its one style, and nothing else.
pub(in crate::api) fn policy() -> String {
    let digest = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    )
}

/// Writes a page around what stands in it.
pub(in crate::api) fn write(language: Language, title: &str, content: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang=(language.as_str()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { main { h1 { (title) } (content) } }
        }
    };
    page.into_string()
}
