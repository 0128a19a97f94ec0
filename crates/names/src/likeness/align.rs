//! Lays two names side by side, whatever the order of their parts.

use crate::words::{Kinship, Name, Word};

/// How two names lie beside each other.
#[derive(Clone, Copy, Default)]
pub(super) struct Aligned {
    pub(super) score: f64,
    /// Every word of one is a word of the other.
    pub(super) same: bool,
    /// Words that agree stand in another order.
    pub(super) swapped: bool,
    /// One name has words that the other lacks.
    pub(super) part_missing: bool,
    /// How much the words that agree say: about 0.7 for one that many people bear, 1 for another.
    pub(super) evidence: f64,
}

/// Words less alike than this are two names.
const ALIKE: f64 = 0.5;
/// How much a whole name with a part less is worth.
const PART_MISSING: f64 = 0.85;
/// How much one common name alone can say: that many people bear it.
const HARDLY_TELLS: f64 = 0.75;

/// How much a whole name is worth of which one writes two parts as one word.
const WRITTEN_AS_ONE: f64 = 0.97;

/// Two words that were laid side by side.
struct Pair {
    left: usize,
    right: usize,
    alike: f64,
    weight: f64,
}

pub(super) fn align(a: &Name, b: &Name) -> Aligned {
    let parted = align_words(&a.words, &b.words);
    if parted.score >= WRITTEN_AS_ONE {
        return parted;
    }
    // Parts that one writes as one word and the other as two. Where the numbers differ, a part would be missing.
    let fit = |joined: &[String], words: &[Word]| joined.len() == words.len() && words.len() <= 2;
    let by_ours = fit(&a.joined, &b.words).then(|| align_words(&a.joined(), &b.words));
    let by_theirs = fit(&b.joined, &a.words).then(|| align_words(&a.words, &b.joined()));
    let mut best = parted;
    for aligned in [by_ours, by_theirs].into_iter().flatten().filter(|one| !one.part_missing) {
        let score = aligned.score * WRITTEN_AS_ONE;
        if score > best.score {
            best = Aligned { same: false, score, ..aligned };
        }
    }
    best
}

fn align_words(a: &[Word], b: &[Word]) -> Aligned {
    if a.is_empty() || b.is_empty() {
        return Aligned::default();
    }
    let pairs = pairs(a, b);
    let left: f64 = a.iter().map(weight).sum();
    let right: f64 = b.iter().map(weight).sum();
    let (smaller, larger) = (left.min(right), left.max(right));
    let matched: f64 = pairs.iter().map(|pair| pair.weight).sum();
    let alike: f64 = pairs.iter().map(|pair| pair.alike * pair.weight).sum();
    let part_missing = pairs.len() < a.len().max(b.len());
    let same = !part_missing && pairs.iter().all(|pair| pair.alike >= 1.0);
    let mut score = if same { 1.0 } else { (alike / smaller.max(matched)).min(1.0) };
    if part_missing {
        let covered = (matched / larger.max(matched)).min(1.0);
        score *= (1.0 - PART_MISSING).mul_add(covered, PART_MISSING);
        // A single part that many people bear.
        if matched < 1.0 {
            score = score.min(HARDLY_TELLS);
        }
    }
    let in_order = pairs.is_sorted_by_key(|pair| pair.right);
    Aligned { score, same, swapped: !in_order, part_missing, evidence: matched }
}

/// Pairs words, the most alike first; in the order of the left words.
fn pairs(a: &[Word], b: &[Word]) -> Vec<Pair> {
    let mut all: Vec<Pair> = Vec::with_capacity(a.len() * b.len());
    for (left, word) in a.iter().enumerate() {
        for (right, other) in b.iter().enumerate() {
            let alike = words(word, other);
            if alike >= ALIKE {
                all.push(Pair { left, right, alike, weight: weight(word).max(weight(other)) });
            }
        }
    }
    all.sort_by(|a, b| {
        b.alike
            .total_cmp(&a.alike)
            .then(b.weight.total_cmp(&a.weight))
            .then(a.left.abs_diff(a.right).cmp(&b.left.abs_diff(b.right)))
    });
    let mut taken: Vec<Pair> = Vec::new();
    for pair in all {
        if taken.iter().all(|other| other.left != pair.left && other.right != pair.right) {
            taken.push(pair);
        }
    }
    taken.sort_unstable_by_key(|pair| pair.left);
    taken
}

/// How much a word says about who somebody is.
fn weight(word: &Word) -> f64 {
    if word.is_initial() || word.is_servant() {
        0.3
    } else if word.common {
        0.7
    } else {
        1.0
    }
}

/// How alike two words are.
fn words(a: &Word, b: &Word) -> f64 {
    if a.plain == b.plain {
        return 1.0;
    }
    if a.is_initial() || b.is_initial() {
        return if a.initial() == b.initial() { 0.7 } else { 0.0 };
    }
    match a.kinship(b) {
        Some(Kinship::Spelling) => return 0.97,
        Some(Kinship::Beside) => return 0.9,
        None => {}
    }
    if a.keys.first() == b.keys.first() {
        return strsim::jaro_winkler(&a.spoken, &b.spoken).mul_add(0.1, 0.87);
    }
    if a.keys.iter().any(|key| b.keys.contains(key)) {
        return strsim::jaro_winkler(&a.spoken, &b.spoken).mul_add(0.35, 0.6);
    }
    // Short vowels are not written in Arabic, so that the sounds alone count as well.
    let by_sound = match (a.keys.first(), b.keys.first()) {
        (Some(left), Some(right)) if left.len().min(right.len()) >= 3 => by_edits(left, right),
        _ => 0.0,
    };
    // Names of one people are alike anyway: squaring keeps Diallo and Diatta apart.
    by_spelling(&a.spoken, &b.spoken).max(by_sound).powi(2)
}

/// How alike two texts must be to count, before their likeness is squared: a little less than the root of
/// [`ALIKE`].
const COUNTS: f64 = 0.707;

/// How alike two words are in writing; nothing where it is too little to count. Of two names that were found by
/// their sounds most words have little to do with each other, which their letters tell at a glance.
fn by_spelling(a: &str, b: &str) -> f64 {
    let common = common_letters(a, b);
    let (of_a, of_b) = (share(common, a.len()), share(common, b.len()));
    let prefix = a.bytes().zip(b.bytes()).take(4).take_while(|(a, b)| a == b).count();
    let most = (of_a + of_b + 1.0) / 3.0;
    let most = share(prefix, 10).mul_add(1.0 - most, most);
    if (most + of_a.min(of_b)) / 2.0 < COUNTS {
        return 0.0;
    }
    let edits = strsim::normalized_damerau_levenshtein(a, b);
    (strsim::jaro_winkler(a, b) + edits) / 2.0
}

/// How alike two keys are by their edits; nothing where it is too little to count.
fn by_edits(a: &str, b: &str) -> f64 {
    let common = common_letters(a, b);
    if share(common, a.len()).min(share(common, b.len())) < COUNTS {
        return 0.0;
    }
    strsim::normalized_damerau_levenshtein(a, b)
}

/// Counts the letters of one text that are letters of the other as well, each as often as it stands in both: one
/// more is an edit.
fn common_letters(a: &str, b: &str) -> usize {
    let mut left = [0_u8; 32];
    for letter in a.bytes() {
        if let Some(count) = left.get_mut(usize::from(letter & 31)) {
            *count = count.saturating_add(1);
        }
    }
    let mut found = |letter: &u8| match left.get_mut(usize::from(letter & 31)) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    };
    b.bytes().filter(|letter| found(letter)).count()
}

fn share(part: usize, of: usize) -> f64 {
    let count = |number: usize| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    if of == 0 { 0.0 } else { count(part) / count(of) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// What is not measured because of its letters would not have counted.
        #[test]
        fn letters_leave_out_only_what_is_too_little(a in "[a-f]{1,9}", b in "[a-f]{1,9}") {
            let edits = strsim::normalized_damerau_levenshtein(&a, &b);
            let spelling = (strsim::jaro_winkler(&a, &b) + edits) / 2.0;
            for (known, whole) in [(by_edits(&a, &b), edits), (by_spelling(&a, &b), spelling)] {
                prop_assert!((known - whole).abs() < 1e-9 || (known == 0.0 && whole < COUNTS + 1e-9));
            }
        }
    }
}
