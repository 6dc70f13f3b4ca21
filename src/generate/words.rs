//! Sentences for bodies, replies and reasons: our own word list, drawn so that few words are common and many are rare.

use rand::Rng;

/// Common words first: a word's place decides how often it is drawn.
const WORDS: &str = "your order the and for with we have been a delivery has from our team please can help \
today question about invoice parcel appointment thank you now address account payment is on its way \
tomorrow morning afternoon change confirm waiting customer reply offer ready shop status number check \
could will not be found new update ticket sent received again later small blue large jacket size shoes \
coffee machine warranty repair technician visit slot booked moved cancelled refund processed card bank \
transfer voucher code discount summer winter collection gift loyalty points balance level silver gold \
welcome back miss something forgot cart basket checkout item stock warehouse courier driver doorstep \
neighbour locker pickup station opening hours holiday weekend monday friday evening noon minute hour \
week month contract renewal premium plan data roaming signal router installation cable activation sim \
number porting bill reminder overdue instalment interest deposit branch advisor meeting video call \
doctor clinic vaccination prescription pharmacy result laboratory insurance claim damage report photo \
document signature passport travel flight gate boarding seat luggage hotel room breakfast late checkin \
checkout shuttle airport train platform delay compensation form survey rating stars feedback complaint \
manager colleague specialist department language german croatian english spanish portuguese arabic \
translate summary knowledge article policy exchange return label printed box weight fragile glass lamp \
table chair kitchen garden tool paint ladder battery charger headphones screen protector keyboard \
mattress pillow blanket curtain carpet bicycle helmet tyre oil filter inspection service loaner vehicle \
parking permit ticket concert theatre museum festival stadium entrance accessible wheelchair family \
child school uniform notebook library course certificate exam tutor lesson recording microphone \
stream subtitle chapter novel recipe flour butter cinnamon oven organic vegetable harvest market fair \
volunteer donation shelter kitten puppy veterinary leash aquarium turtle postcard souvenir lighthouse \
harbour ferry island snorkel compass lantern tent backpack trail summit glacier avalanche thermos";

/// Draws words.
#[derive(Clone, Debug)]
pub(crate) struct Words {
    words: Vec<&'static str>,
}

impl Default for Words {
    fn default() -> Self {
        Self { words: WORDS.split_ascii_whitespace().collect() }
    }
}

impl Words {
    /// One word; a word at the front of the list is drawn about forty times as often as one at its end.
    pub(crate) fn word(&self, rng: &mut impl Rng) -> &'static str {
        // The cube of a uniform number leans to the front.
        let uniform = f64::from(rng.random::<u32>()) / 4_294_967_296.0;
        let place = (uniform * uniform * uniform * self.words.len() as f64) as usize;
        self.words.get(place).copied().unwrap_or("and")
    }

    /// Appends a sentence of `least` to `most` words: a capital letter first, a full stop at the end.
    pub(crate) fn put_sentence(&self, out: &mut Vec<u8>, rng: &mut impl Rng, least: usize, most: usize) {
        let count = rng.random_range(least..=most);
        let start = out.len();
        for place in 0..count {
            if place > 0 {
                out.push(b' ');
            }
            out.extend_from_slice(self.word(rng).as_bytes());
        }
        if let Some(first) = out.get_mut(start) {
            first.make_ascii_uppercase();
        }
        out.push(b'.');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::SmallRng;

    #[test]
    fn sentences_keep_their_length() {
        let (words, mut rng) = (Words::default(), SmallRng::seed_from_u64(1));
        for _ in 0..1_000 {
            let mut out = Vec::new();
            words.put_sentence(&mut out, &mut rng, 8, 40);
            let text = String::from_utf8(out).unwrap();
            assert!((8..=40).contains(&text.split(' ').count()), "{text}");
            assert!(text.starts_with(|c: char| c.is_ascii_uppercase()) && text.ends_with('.'), "{text}");
        }
    }
}
