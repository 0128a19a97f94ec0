//! How a word sounds, whichever language spelt it.
//!
//! Double Metaphone hears English. Here one sound has the spellings of English, French, Portuguese and of
//! the African orthographies that borrowed from them: Diallo, Jallow, Djaló and Jalloh are one word, as are
//! Ouattara and Watara, Thiam and Cham, Cissé and Ceesay.
//!
//! | sound | spellings |
//! | --- | --- |
//! | `J` | j, dj, dz, dy and di before a vowel; g before e or i (or `G`: Gérard, Gidado) |
//! | `X` | sh, ch, sch, tch, x; ti, thi, ty before a vowel (or `S`; or `T`) |
//! | `S` | s, ss, z, ts, c before e or i, ç |
//! | `K` | k, q, qu, c, ck; kh (or nothing: Khadija, Hadiza) |
//! | `G` `N` `B` `F` | g, gh, gu / n, gn, ny, nh, ng at the end / b, p, gb, kp / f, ph, v |
//! | `D` `T` | d, dh / t, th; the last one of a word is `T` (Ahmed, Ahmet) |
//! | `W` | w, ou, u before a vowel |
//! | `Y` | y, i before a vowel, at the start only |
//! | `A` | any vowel at the start, also after h |
//! | nothing | h; other vowels; n, m before a consonant at the start (or kept: Ndiaye, Diaye) |
//!
//! A key of one or two sounds is told apart by its first vowel (open, front, back): Koné is not Kane.

/// How a word sounds.
pub(crate) struct Sound {
    /// The sounds with their vowels, for measuring a distance.
    pub(crate) spoken: String,
    /// The sounds that are indexed.
    pub(crate) key: String,
    /// The same as another language would read the word, where that differs.
    pub(crate) other: Option<String>,
}

/// What one step heard.
#[derive(Clone, Copy)]
enum Heard {
    /// A consonant.
    One(char),
    /// A consonant, and what it may be otherwise.
    Either(char, Option<char>),
    Vowel(char),
    Silent,
}
use Heard::{Either, One, Silent, Vowel};

/// Listens to a word in plain letters.
pub(crate) fn sound(word: &str) -> Sound {
    let letters = undoubled(word);
    let mut rest = letters.as_slice();
    let (mut spoken, mut key, mut other) = (String::new(), String::new(), String::new());
    let mut vowel = None;
    while !rest.is_empty() {
        let (taken, heard) = step(rest, spoken.is_empty());
        match heard {
            One(c) => {
                spoken.push(c);
                key.push(c);
                other.push(c);
            }
            Either(c, otherwise) => {
                spoken.push(c);
                key.push(c);
                other.extend(otherwise);
            }
            Vowel(c) => {
                if key.is_empty() {
                    key.push('A');
                }
                if other.is_empty() {
                    other.push('A');
                }
                vowel = vowel.or(Some(c));
                if !spoken.ends_with(c) {
                    spoken.push(c);
                }
            }
            Silent => {}
        }
        rest = rest.get(taken..).unwrap_or_default();
    }
    let key = ended(key, vowel);
    let other = Some(ended(other, vowel)).filter(|other| *other != key);
    Sound { spoken, key, other }
}

/// Ends a key: the last d is a t, and a short key gets the class of the first vowel.
fn ended(mut key: String, vowel: Option<char>) -> String {
    if key.len() > 1 && key.ends_with('D') {
        key.pop();
        key.push('T');
    }
    if key.len() < 3 {
        key.extend(vowel.map(|vowel| match vowel {
            'e' | 'i' => 'e',
            'o' | 'u' => 'o',
            _ => 'a',
        }));
    }
    key
}

/// Drops the second of two equal letters.
fn undoubled(word: &str) -> Vec<u8> {
    let mut letters: Vec<u8> = word.bytes().collect();
    // The letter pairs ee and oo are sounds of their own in English spelling.
    letters.dedup_by(|a, b| a == b && !matches!(a, b'e' | b'o'));
    letters
}

const fn is_vowel(letter: u8) -> bool {
    matches!(letter, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}

const fn is_front(letter: u8) -> bool {
    matches!(letter, b'e' | b'i' | b'y')
}

/// Hears the next sound: how many letters it takes, and what it is.
fn step(rest: &[u8], start: bool) -> (usize, Heard) {
    vowel(rest, start).or_else(|| cluster(rest, start)).unwrap_or_else(|| (1, single(rest)))
}

/// Hears vowels and what lies between a vowel and a consonant.
const fn vowel(rest: &[u8], start: bool) -> Option<(usize, Heard)> {
    Some(match rest {
        // Sowe is Sow.
        [b'o', b'w', b'e'] => (3, Vowel('o')),
        [b'o', b'u', next, ..] if is_vowel(*next) => (2, One('W')),
        [b'w' | b'u', next, ..] if is_vowel(*next) => (1, One('W')),
        [b'y' | b'i', next, ..] if start && is_vowel(*next) => (1, One('Y')),
        [b'e', b'a', b'u', ..] => (3, Vowel('o')),
        [b'o', b'u' | b'o', ..] => (2, Vowel('u')),
        [b'e', b'e', ..] | [b'i', b'e', ..] => (2, Vowel('i')),
        [b'a' | b'e', b'i' | b'y', ..] => (2, Vowel('e')),
        [b'a', ..] => (1, Vowel('a')),
        [b'e', ..] => (1, Vowel('e')),
        [b'i' | b'y', ..] => (1, Vowel('i')),
        [b'o', ..] => (1, Vowel('o')),
        [b'u' | b'w', ..] => (1, Vowel('u')),
        _ => return None,
    })
}

/// Hears consonants that are written with several letters, or otherwise before some vowels.
const fn cluster(rest: &[u8], start: bool) -> Option<(usize, Heard)> {
    Some(match rest {
        [b's', b'c', b'h', ..] | [b't', b'c' | b's', b'h', ..] => (3, Either('X', Some('S'))),
        [b't', b'h', b'i' | b'y', next, ..] if is_vowel(*next) => (3, Either('X', Some('T'))),
        [b't', b'i' | b'y', next, ..] if is_vowel(*next) => (2, Either('X', Some('T'))),
        [b't', b'h', ..] => (2, One('T')),
        [b't', b's' | b'z', ..] => (2, One('S')),
        [b't', b'j', ..] => (2, Either('X', Some('J'))),
        [b'd', b'j' | b'z', ..] => (2, One('J')),
        [b'd', b'i' | b'y', next, ..] if is_vowel(*next) => (2, Either('J', Some('D'))),
        [b'd', b'h', ..] => (2, Either('D', Some('S'))),
        [b'g', b'n', ..] | [b'n', b'g'] => (2, One('N')),
        [b'g', b'b', ..] | [b'k', b'p', ..] => (2, One('B')),
        [b'g', b'h', ..] => (2, One('G')),
        [b'g', b'u', next, ..] if is_front(*next) => (2, One('G')),
        [b'g', next, ..] if is_front(*next) => (1, Either('J', Some('G'))),
        [b'p', b'h', ..] => (2, One('F')),
        [b'c', b'h', b'r', ..] => (2, One('K')),
        [b'c' | b's', b'h', ..] => (2, Either('X', Some('S'))),
        [b'c', b'k' | b'q', ..] => (2, One('K')),
        [b's', b'c', next, ..] if is_front(*next) => (2, One('S')),
        [b'c', next, ..] if is_front(*next) => (1, One('S')),
        [b'k', b'h', ..] => (2, Either('K', None)),
        [b'q', b'u', next, ..] if is_front(*next) => (2, One('K')),
        [b'z', b'h', ..] => (2, One('J')),
        [b'n' | b'm', next, ..] if start && !is_vowel(*next) && !matches!(*next, b'h' | b'w') => {
            (1, Either(if matches!(rest, [b'n', ..]) { 'N' } else { 'M' }, None))
        }
        _ => return None,
    })
}

/// Hears one letter.
const fn single(rest: &[u8]) -> Heard {
    match rest {
        [b'b' | b'p', ..] => One('B'),
        [b'c' | b'k' | b'q', ..] => One('K'),
        [b'd', ..] => One('D'),
        [b'f' | b'v', ..] => One('F'),
        [b'g', ..] => One('G'),
        [b'j', ..] => One('J'),
        [b'l', ..] => One('L'),
        [b'm', ..] => One('M'),
        [b'n', ..] => One('N'),
        [b'r', ..] => One('R'),
        [b's' | b'z', ..] => One('S'),
        [b't', ..] => One('T'),
        [b'x', ..] => Either('X', Some('S')),
        _ => Silent,
    }
}

#[cfg(test)]
mod tests {
    use super::sound;

    #[test]
    fn one_name_sounds_alike_in_every_spelling() {
        for names in [
            "diallo jallow jalloh djalo jalo dialo",
            "ouattara watara wattara",
            "thiam cham tiam",
            "cisse ceesay sisay sissay",
            "toure touray turay",
            "diop joob jobe",
            "kouame kwame kuame",
            "sow so sowe",
            "ba bah",
            "ouedraogo wedraogo",
            "mohamed muhammad mouhamadou mahamadu mhmd",
            "coulibaly kulibali koulibali",
            "ndiaye njie njai ndjaye",
            "daouda dawda dauda",
            "gueye gaye",
            "awa hawa haoua",
            "samuel samwel samouel",
            "niang nyang",
            "philippe filipe",
            "thierno cherno tierno",
        ] {
            let mut keys: Vec<String> = names.split(' ').map(|name| sound(name).key).collect();
            keys.dedup();
            assert_eq!(keys.len(), 1, "{names}: {keys:?}");
        }
    }

    #[test]
    fn different_names_sound_different() {
        for (a, b) in [("kone", "kane"), ("sow", "sy"), ("diallo", "diop"), ("ali", "ola")] {
            assert_ne!(sound(a).key, sound(b).key, "{a} {b}");
        }
    }

    #[test]
    fn a_second_reading_joins_what_languages_read_differently() {
        let readings = |word| {
            let sound = sound(word);
            [Some(sound.key), sound.other].into_iter().flatten().collect::<Vec<_>>()
        };
        for (a, b) in [("khadija", "hadija"), ("aisha", "aissa"), ("ndiaye", "diaye")] {
            let (a, b) = (readings(a), readings(b));
            assert!(a.iter().any(|key| b.contains(key)), "{a:?} {b:?}");
        }
    }
}
